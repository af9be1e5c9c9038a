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
import { close, ioctl, openReadWrite } from './libc.js';
import { checkApiVersion, createError, openError, versionError } from './open-error.js';
import { Vm } from './vm.js';

const MAX_MSRS = 1024;

/** /dev/kvm, opened. Owns its fd and the VMs it creates. */
export class Kvm {
  readonly device: string;
  readonly vcpuMmapSize: number;
  #fd: number;
  readonly #vms = new Set<Vm>();

  private constructor(device: string, fd: number) {
    this.device = device;
    this.#fd = fd;
    this.vcpuMmapSize = ioctl(fd, KVM_GET_VCPU_MMAP_SIZE);
  }

  /**
   * Opens the KVM device. Throws a KvmtraceError (exit code 3) with the way out in it where the
   * device is missing, not permitted, busy, not KVM, or of another API version.
   */
  static open(device = '/dev/kvm'): Kvm {
    let fd;
    try {
      fd = openReadWrite(device);
    } catch (error) {
      throw openError(device, error);
    }
    try {
      checkApiVersion(device, apiVersion(device, fd));
      return new Kvm(device, fd);
    } catch (error) {
      close(fd);
      throw error;
    }
  }

  /** The file descriptor, -1 after close. */
  get fd(): number {
    return this.#fd;
  }

  /** 0 where KVM lacks a capability, otherwise 1 or what the capability defines. */
  checkExtension(capability: Capability): number {
    return ioctl(this.#fd, KVM_CHECK_EXTENSION, capability);
  }

  createVm(): Vm {
    let fd;
    try {
      fd = ioctl(this.#fd, KVM_CREATE_VM, 0);
    } catch (error) {
      throw createError(this.device, error);
    }
    const vm = new Vm({ fd, vcpuMmapSize: this.vcpuMmapSize, onClose: () => this.#vms.delete(vm) });
    this.#vms.add(vm);
    return vm;
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
    ioctl(this.#fd, KVM_GET_MSR_INDEX_LIST, bytes);
    return [...new Uint32Array(bytes.buffer, kvmMsrList.sizeBytes, list.nmsrs)];
  }

  /** Closes the device and its VMs. Again is harmless. */
  close(): void {
    for (const vm of this.#vms) vm.close();
    if (this.#fd < 0) return;
    close(this.#fd);
    this.#fd = -1;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function apiVersion(device: string, fd: number): number {
  try {
    return ioctl(fd, KVM_GET_API_VERSION);
  } catch (error) {
    throw versionError(device, error);
  }
}
