import { hex } from '../base/number-text.js';
import { EXIT } from '../kvm/abi/exit-reason.js';

/** Exit values: why KVM_RUN returned (`exit_reason` of kvm_run). */
export const Exit = {
  Unknown: EXIT.KVM_EXIT_UNKNOWN,
  Exception: EXIT.KVM_EXIT_EXCEPTION,
  Io: EXIT.KVM_EXIT_IO,
  Hypercall: EXIT.KVM_EXIT_HYPERCALL,
  Debug: EXIT.KVM_EXIT_DEBUG,
  Hlt: EXIT.KVM_EXIT_HLT,
  Mmio: EXIT.KVM_EXIT_MMIO,
  IrqWindowOpen: EXIT.KVM_EXIT_IRQ_WINDOW_OPEN,
  Shutdown: EXIT.KVM_EXIT_SHUTDOWN,
  FailEntry: EXIT.KVM_EXIT_FAIL_ENTRY,
  Intr: EXIT.KVM_EXIT_INTR,
  SetTPR: EXIT.KVM_EXIT_SET_TPR,
  TPRAccess: EXIT.KVM_EXIT_TPR_ACCESS,
  Nmi: EXIT.KVM_EXIT_NMI,
  InternalError: EXIT.KVM_EXIT_INTERNAL_ERROR,
  Osi: EXIT.KVM_EXIT_OSI,
  PaprHcall: EXIT.KVM_EXIT_PAPR_HCALL,
  Watchdog: EXIT.KVM_EXIT_WATCHDOG,
  Epr: EXIT.KVM_EXIT_EPR,
  SystemEvent: EXIT.KVM_EXIT_SYSTEM_EVENT,
  IoapicEOI: EXIT.KVM_EXIT_IOAPIC_EOI,
  Hyperv: EXIT.KVM_EXIT_HYPERV,
  X86Rdmsr: EXIT.KVM_EXIT_X86_RDMSR,
  X86Wrmsr: EXIT.KVM_EXIT_X86_WRMSR,
  DirtyRingFull: EXIT.KVM_EXIT_DIRTY_RING_FULL,
  ApResetHold: EXIT.KVM_EXIT_AP_RESET_HOLD,
  X86BusLock: EXIT.KVM_EXIT_X86_BUS_LOCK,
  Xen: EXIT.KVM_EXIT_XEN,
  Notify: EXIT.KVM_EXIT_NOTIFY,
} as const;

export type Exit = (typeof Exit)[keyof typeof Exit];

/** Under the names that the values had in Go. */
export const ExitUnknown = Exit.Unknown;
export const ExitException = Exit.Exception;
export const ExitIo = Exit.Io;
export const ExitHypercall = Exit.Hypercall;
export const ExitDebug = Exit.Debug;
export const ExitHlt = Exit.Hlt;
export const ExitMmio = Exit.Mmio;
export const ExitIrqWindowOpen = Exit.IrqWindowOpen;
export const ExitShutdown = Exit.Shutdown;
export const ExitFailEntry = Exit.FailEntry;
export const ExitIntr = Exit.Intr;
export const ExitSetTPR = Exit.SetTPR;
export const ExitTPRAccess = Exit.TPRAccess;
export const ExitNmi = Exit.Nmi;
export const ExitInternalError = Exit.InternalError;
export const ExitOsi = Exit.Osi;
export const ExitWatchdog = Exit.Watchdog;
export const ExitEpr = Exit.Epr;
export const ExitSystemEvent = Exit.SystemEvent;
export const ExitIoapicEOI = Exit.IoapicEOI;

/** Names that are not `Exit` and the constant's name. */
const OTHER_NAMES: Readonly<Record<number, string>> = {
  [Exit.Hlt]: 'ExitHalt',
  [Exit.TPRAccess]: 'ExitTprAccess',
};

const NAMES = new Map<number, string>(
  Object.entries(Exit).map(([name, value]) => [value, OTHER_NAMES[value] ?? `Exit${name}`]),
);

/** "ExitHalt", "ExitMmio", …; "unknown exit 0x63" for what has no name. */
export function exitName(reason: number): string {
  return NAMES.get(reason) ?? `unknown exit ${hex(reason)}`;
}
