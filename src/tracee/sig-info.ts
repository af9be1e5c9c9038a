import { EXIT } from '../kvm/abi/exit-reason.js';
import type { VcpuExit } from '../kvm/exit.js';

/**
 * What stopped the guest, in the shape of struct signalfd_siginfo that a ptrace tracer would see:
 * KVM sets `trapno`, a ptrace tracer would set `signo`. 64-bit fields are bigint.
 */
export interface SigInfo {
  signo: number;
  errno: number;
  /** The exit reason, an `Exit` value. */
  code: number;
  pid: number;
  uid: number;
  fd: number;
  tid: number;
  band: number;
  overrun: number;
  /** The exit reason, as in `code`. */
  trapno: number;
  status: number;
  int: number;
  ptr: bigint;
  /** Seconds since 1970 at which the guest stopped. */
  utime: bigint;
  stime: bigint;
  /** rip; for port I/O the port, for MMIO the guest-physical address. */
  addr: bigint;
  addrLsb: number;
  syscall: number;
  /** rip. */
  callAddr: bigint;
  arch: number;
}

/** Before the guest has run: all zero. */
export function noSigInfo(): SigInfo {
  return {
    ...{ signo: 0, errno: 0, code: 0, pid: 0, uid: 0, fd: 0, tid: 0, band: 0, overrun: 0 },
    ...{ trapno: 0, status: 0, int: 0, ptr: 0n, utime: 0n, stime: 0n, addr: 0n, addrLsb: 0 },
    ...{ syscall: 0, callAddr: 0n, arch: 0 },
  };
}

function addressOfExit(exit: VcpuExit, rip: bigint): bigint {
  if (exit.kind === 'io') return BigInt(exit.port);
  if (exit.kind === 'mmio') return exit.gpa;
  return rip;
}

/** The siginfo of an exit. */
export function sigInfo(reason: number, exit: VcpuExit, rip: bigint): SigInfo {
  const now = BigInt(Math.floor(Date.now() / 1000));
  return {
    ...noSigInfo(),
    code: reason,
    trapno: reason,
    utime: now,
    stime: now,
    addr: addressOfExit(exit, rip),
    callAddr: rip,
  };
}

/** KVM_RUN was interrupted by a signal before the guest did anything that exits. */
export const INTERRUPTED: VcpuExit = { kind: 'intr' };
/** The exit reason that stands for a KVM_RUN that a signal ended. */
export const INTERRUPTED_REASON = EXIT.KVM_EXIT_INTR;
