/** Who runs KVM: this machine's kernel, or that of the emulated machine. Nothing above knows which. */
import type { Request } from '../abi/ioctl.js';
import type { Mapping } from '../libc.js';
import type { BurstLoop } from './burst-loop.js';

/** Which kernel runs guests. */
export type HostKind = 'kvm' | 'emulated';

/** The calls into KVM that a recorder makes, and the memory that its guests live in. */
export interface KvmHost {
  readonly kind: HostKind;
  /** What messages call the device: the path of /dev/kvm here, or which one it is. */
  readonly device: string;

  /** The machine that it is has ended, by itself or because it was disposed of: another one is needed. */
  readonly isGone: boolean;

  /** Opens the device. Throws a SyscallError, or a KvmtraceError (3) where the host is gone. */
  open(): number;
  close(fd: number): void;

  /**
   * ioctl with a number or a struct (its bytes, read and written in place). Addresses in a struct are
   * those of this process. Returns what the kernel returns; throws a SyscallError.
   */
  ioctl(fd: number, request: Request, argument?: number | Uint8Array): number;

  /** KVM_RUN of a vCPU, to be called once per step: 0 or a negative errno. Throws no SyscallError. */
  enterer(fd: number): () => number;

  /**
   * Until it is disposed of, KVM_RUN returns -EINTR at least every TICK_MS, whatever the guest does: a
   * handler that never returns, under a KVM that runs handlers without stepping, cannot hold the
   * recorder. A tick that comes between two KVM_RUNs does nothing.
   */
  startTicks(): Disposable;

  /** Maps pages that KVM shares for a vCPU: kvm_run, the dirty ring. */
  mapVcpu(fd: number, offsetBytes: number, sizeBytes: number): Mapping;

  /**
   * Memory for a slot, at most 4 GiB: whole pages, zero or full of a pattern of 1, 2, 4, … bytes. Costs
   * only what is written to.
   */
  mapMemory(sizeBytes: number, fill?: Uint8Array): Mapping;

  /**
   * Tells that this process may have written to memory of `mapMemory` after a guest ran in it: an emulator
   * keeps the translations of code that ran, and learns only of writes that are made inside it. Unsaid,
   * the guest may run what was there before. Costs something for each page that has been written to.
   */
  wrote(address: bigint, sizeBytes: number): void;

  /** Ends a mapping of either kind; its buffer reads as zero afterwards. */
  unmap(mapping: Mapping): void;

  /** A new event counter where KVM is, for KVM_IOEVENTFD. */
  eventfd(): number;

  /** Takes the counter of `eventfd` and sets it to 0. */
  readEventfd(fd: number): bigint;

  /** The loop that steps natively where KVM is; undefined where there is none. */
  burstLoop(): BurstLoop | undefined;

  /** What a trace says of its host. */
  describe(): HostDescription;
}

/** What is known of a host, for traces and reports. */
export interface HostDescription {
  readonly kind: HostKind;
  /** Of the kernel that KVM is a part of: `6.1.0-56-cloud-amd64`. */
  readonly kernel: string;
  /** KVM's modules there that know a processor: kvm_amd, kvm_intel, kvm_pvm. */
  readonly modules: readonly string[];
  /** For people, where there is more to say. */
  readonly detail?: string;
}

/** A guest that runs on is interrupted this often. */
export const TICK_MS = 100;
