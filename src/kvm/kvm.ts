import type { Capability } from './abi/capability.js';
import type { CpuidEntry2 } from './abi/cpuid.js';
import {
  KVM_CHECK_EXTENSION,
  KVM_CREATE_VM,
  KVM_GET_API_VERSION,
  KVM_GET_EMULATED_CPUID,
  KVM_GET_MSR_INDEX_LIST,
  KVM_GET_SUPPORTED_CPUID,
  KVM_GET_VCPU_MMAP_SIZE,
} from './abi/ioctl.js';
import { kvmMsrList } from './abi/registers.js';
import { getCpuid } from './cpuid.js';
import { chooseHost } from './host/choose.js';
import type { KvmHost } from './host/host.js';
import { KvmFd } from './host/kvm-fd.js';
import { SyscallError } from './libc.js';
import { checkApiVersion, createError, openError, versionError } from './open-error.js';
import { Vm } from './vm.js';

const MAX_MSRS = 1024;

/** /dev/kvm, opened. Owns its fd and the VMs it creates. */
export class Kvm {
  readonly vcpuMmapSize: number;
  readonly #fd: KvmFd;
  readonly #vms = new Set<Vm>();

  private constructor(fd: KvmFd) {
    this.#fd = fd;
    this.vcpuMmapSize = fd.ioctl(KVM_GET_VCPU_MMAP_SIZE);
  }

  /**
   * Opens the KVM of a host; by default that of `chooseHost`. Throws a KvmtraceError (exit code 3) with
   * the way out in it where the device is missing, not permitted, busy, not KVM, or of another API
   * version.
   */
  static open(host: KvmHost = chooseHost()): Kvm {
    const { device } = host;
    const fd = openDevice(host);
    try {
      checkApiVersion(device, apiVersion(device, fd));
      return new Kvm(fd);
    } catch (error) {
      fd.close();
      throw error;
    }
  }

  /** Who runs it. */
  get host(): KvmHost {
    return this.#fd.host;
  }

  /** What messages call the device. */
  get device(): string {
    return this.host.device;
  }

  /** The file descriptor, -1 after close. */
  get fd(): number {
    return this.#fd.number;
  }

  /** 0 where KVM lacks a capability, otherwise 1 or what the capability defines. */
  checkExtension(capability: Capability): number {
    return this.#fd.ioctl(KVM_CHECK_EXTENSION, capability);
  }

  /** KVM_CREATE_VM, again where a signal made KVM give up. */
  createVm(): Vm {
    const fd = this.#createVmFd();
    const vm = new Vm({ fd, vcpuMmapSize: this.vcpuMmapSize, onClose: () => this.#vms.delete(vm) });
    this.#vms.add(vm);
    return vm;
  }

  #createVmFd(): KvmFd {
    for (;;) {
      try {
        return new KvmFd(this.host, this.#fd.ioctl(KVM_CREATE_VM, 0));
      } catch (error) {
        if (error instanceof SyscallError && error.code === 'EINTR') continue;
        throw createError(this.device, error);
      }
    }
  }

  /** What KVM can give a guest (KVM_GET_SUPPORTED_CPUID), host APIC ids included. */
  supportedCpuid(): CpuidEntry2[] {
    return getCpuid(this.#fd, KVM_GET_SUPPORTED_CPUID);
  }

  /** What KVM emulates without the host CPU having it. */
  emulatedCpuid(): CpuidEntry2[] {
    return getCpuid(this.#fd, KVM_GET_EMULATED_CPUID);
  }

  /** The MSRs that belong to a vCPU's state (KVM_GET_MSR_INDEX_LIST). */
  msrIndexList(): number[] {
    const bytes = new Uint8Array(kvmMsrList.sizeBytes + 4 * MAX_MSRS);
    const list = kvmMsrList.over(bytes);
    list.nmsrs = MAX_MSRS;
    this.#fd.ioctl(KVM_GET_MSR_INDEX_LIST, bytes);
    return [...new Uint32Array(bytes.buffer, kvmMsrList.sizeBytes, list.nmsrs)];
  }

  /** Closes the device and its VMs. Again is harmless. */
  close(): void {
    for (const vm of this.#vms) vm.close();
    this.#fd.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function openDevice(host: KvmHost): KvmFd {
  try {
    return new KvmFd(host, host.open());
  } catch (error) {
    throw openError(host.device, error);
  }
}

function apiVersion(device: string, fd: KvmFd): number {
  try {
    return fd.ioctl(KVM_GET_API_VERSION);
  } catch (error) {
    throw versionError(device, error);
  }
}
