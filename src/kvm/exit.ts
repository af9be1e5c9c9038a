import { EXIT } from './abi/exit-reason.js';
import type { RunStruct } from './abi/run.js';

/**
 * Why KVM_RUN returned (KVM api.rst, section 5). `data` is a copy; what the guest is to read goes
 * into `RunPage.ioData()`, `RunPage.mmioData()` or `RunPage.fields.exit.msr`.
 */
export type VcpuExit =
  | IoExit
  | MmioExit
  | { readonly kind: 'debug'; exception: number; pc: bigint; dr6: bigint; dr7: bigint }
  | { readonly kind: 'hlt' }
  | { readonly kind: 'shutdown' }
  | InternalErrorExit
  | { readonly kind: 'fail-entry'; reason: bigint; cpu: number }
  | { readonly kind: 'exception'; exception: number; errorCode: number }
  | { readonly kind: 'rdmsr'; index: number; reason: number }
  | { readonly kind: 'wrmsr'; index: number; reason: number; data: bigint }
  | { readonly kind: 'intr' }
  | { readonly kind: 'nmi' }
  | { readonly kind: 'irq-window-open' }
  | { readonly kind: 'system-event'; type: number; data: bigint[] }
  | { readonly kind: 'hypercall'; nr: bigint; args: bigint[]; longMode: boolean }
  | { readonly kind: 'set-tpr' }
  | { readonly kind: 'tpr-access'; rip: bigint; isWrite: boolean }
  | { readonly kind: 'ioapic-eoi'; vector: number }
  | { readonly kind: 'dirty-ring-full' }
  | { readonly kind: 'bus-lock' }
  | { readonly kind: 'notify'; flags: number }
  | UnknownExit;

/** The guest has accessed a port (KVM_EXIT_IO). */
export interface IoExit {
  readonly kind: 'io';
  readonly direction: 'in' | 'out';
  /** Bytes of one element: 1, 2 or 4. */
  readonly size: number;
  readonly port: number;
  /** Elements: more than 1 for `rep ins`. */
  readonly count: number;
  /** size * count bytes: what was written, or for `in` what the buffer held before. */
  readonly data: Uint8Array;
}

/** The guest has accessed memory that no slot has (KVM_EXIT_MMIO); a read waits for `data`. */
export interface MmioExit {
  readonly kind: 'mmio';
  readonly direction: 'read' | 'write';
  readonly gpa: bigint;
  readonly data: Uint8Array;
}

/** KVM cannot go on (KVM_EXIT_INTERNAL_ERROR). */
export interface InternalErrorExit {
  readonly kind: 'internal-error';
  /** INTERNAL_ERROR: 1 is an instruction that KVM could not emulate. */
  readonly suberror: number;
  readonly data: bigint[];
  /** Bytes at rip where KVM tells them (suberror 1), otherwise empty. */
  readonly instruction: Uint8Array;
}

/** An exit that this version does not know, or KVM_EXIT_UNKNOWN: nothing of it is lost. */
export interface UnknownExit {
  readonly kind: 'unknown';
  /** exit_reason of kvm_run. */
  readonly reason: number;
  /** For KVM_EXIT_UNKNOWN the reason that the hardware gave: the first 8 of `bytes`. */
  readonly hardwareReason: bigint;
  /** The 256 bytes of the exit's union. */
  readonly bytes: Uint8Array;
}

const EMULATION_FAILED = 1;
const INSTRUCTION_BYTES_VALID = 1n;

interface Source {
  readonly fields: RunStruct;
  ioData(): Uint8Array;
  mmioData(): Uint8Array;
}

function internalError({ exit }: RunStruct): InternalErrorExit {
  const { suberror, ndata, data } = exit.internal;
  const emulation = exit.emulationFailure;
  // ndata 1 is the flags alone; the instruction takes two words more.
  const told =
    suberror === EMULATION_FAILED &&
    ndata >= 3 &&
    (emulation.flags & INSTRUCTION_BYTES_VALID) !== 0n;
  return {
    kind: 'internal-error',
    suberror,
    data: [...data.subarray(0, Math.min(ndata, data.length))],
    instruction: told ? emulation.insnBytes.slice(0, emulation.insnSize) : new Uint8Array(0),
  };
}

/** The exit that a run page holds. */
export function decodeExit(page: Source): VcpuExit {
  const { exitReason, exit } = page.fields;
  switch (exitReason) {
    case EXIT.KVM_EXIT_IO: {
      const { direction, size, port, count } = exit.io;
      const data = page.ioData().slice();
      return { kind: 'io', direction: direction === 0 ? 'in' : 'out', size, port, count, data };
    }
    case EXIT.KVM_EXIT_MMIO: {
      const { physAddr, isWrite } = exit.mmio;
      const direction = isWrite === 0 ? 'read' : 'write';
      return { kind: 'mmio', direction, gpa: physAddr, data: page.mmioData().slice() };
    }
    case EXIT.KVM_EXIT_DEBUG: {
      const { exception, pc, dr6, dr7 } = exit.debug;
      return { kind: 'debug', exception, pc, dr6, dr7 };
    }
    case EXIT.KVM_EXIT_HLT:
      return { kind: 'hlt' };
    case EXIT.KVM_EXIT_SHUTDOWN:
      return { kind: 'shutdown' };
    case EXIT.KVM_EXIT_INTERNAL_ERROR:
      return internalError(page.fields);
    case EXIT.KVM_EXIT_FAIL_ENTRY: {
      const { hardwareEntryFailureReason: reason, cpu } = exit.failEntry;
      return { kind: 'fail-entry', reason, cpu };
    }
    case EXIT.KVM_EXIT_EXCEPTION: {
      const { exception, errorCode } = exit.ex;
      return { kind: 'exception', exception, errorCode };
    }
    case EXIT.KVM_EXIT_X86_RDMSR:
      return { kind: 'rdmsr', index: exit.msr.index, reason: exit.msr.reason };
    case EXIT.KVM_EXIT_X86_WRMSR: {
      const { index, reason, data } = exit.msr;
      return { kind: 'wrmsr', index, reason, data };
    }
    case EXIT.KVM_EXIT_INTR:
      return { kind: 'intr' };
    case EXIT.KVM_EXIT_NMI:
      return { kind: 'nmi' };
    case EXIT.KVM_EXIT_IRQ_WINDOW_OPEN:
      return { kind: 'irq-window-open' };
    case EXIT.KVM_EXIT_SYSTEM_EVENT: {
      const { type, ndata, data } = exit.systemEvent;
      return { kind: 'system-event', type, data: [...data.subarray(0, Math.min(ndata, 16))] };
    }
    case EXIT.KVM_EXIT_HYPERCALL: {
      const { nr, args, longmode } = exit.hypercall;
      return { kind: 'hypercall', nr, args: [...args], longMode: longmode !== 0 };
    }
    case EXIT.KVM_EXIT_SET_TPR:
      return { kind: 'set-tpr' };
    case EXIT.KVM_EXIT_TPR_ACCESS: {
      const { rip, isWrite } = exit.tprAccess;
      return { kind: 'tpr-access', rip, isWrite: isWrite !== 0 };
    }
    case EXIT.KVM_EXIT_IOAPIC_EOI:
      return { kind: 'ioapic-eoi', vector: exit.eoi.vector };
    case EXIT.KVM_EXIT_DIRTY_RING_FULL:
      return { kind: 'dirty-ring-full' };
    case EXIT.KVM_EXIT_X86_BUS_LOCK:
      return { kind: 'bus-lock' };
    case EXIT.KVM_EXIT_NOTIFY:
      return { kind: 'notify', flags: exit.notify.flags };
    default: {
      const { hardwareExitReason } = exit.hw;
      return {
        kind: 'unknown',
        reason: exitReason,
        hardwareReason: hardwareExitReason,
        bytes: exit.padding.slice(),
      };
    }
  }
}
