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
/** `Exit.Exception`, under the name that it has in voodoo. */
export const ExitException = Exit.Exception;
/** `Exit.Io`, under the name that it has in voodoo. */
export const ExitIo = Exit.Io;
/** `Exit.Hypercall`, under the name that it has in voodoo. */
export const ExitHypercall = Exit.Hypercall;
/** `Exit.Debug`, under the name that it has in voodoo. */
export const ExitDebug = Exit.Debug;
/** `Exit.Hlt`, under the name that it has in voodoo. */
export const ExitHlt = Exit.Hlt;
/** `Exit.Mmio`, under the name that it has in voodoo. */
export const ExitMmio = Exit.Mmio;
/** `Exit.IrqWindowOpen`, under the name that it has in voodoo. */
export const ExitIrqWindowOpen = Exit.IrqWindowOpen;
/** `Exit.Shutdown`, under the name that it has in voodoo. */
export const ExitShutdown = Exit.Shutdown;
/** `Exit.FailEntry`, under the name that it has in voodoo. */
export const ExitFailEntry = Exit.FailEntry;
/** `Exit.Intr`, under the name that it has in voodoo. */
export const ExitIntr = Exit.Intr;
/** `Exit.SetTPR`, under the name that it has in voodoo. */
export const ExitSetTPR = Exit.SetTPR;
/** `Exit.TPRAccess`, under the name that it has in voodoo. */
export const ExitTPRAccess = Exit.TPRAccess;
/** `Exit.Nmi`, under the name that it has in voodoo. */
export const ExitNmi = Exit.Nmi;
/** `Exit.InternalError`, under the name that it has in voodoo. */
export const ExitInternalError = Exit.InternalError;
/** `Exit.Osi`, under the name that it has in voodoo. */
export const ExitOsi = Exit.Osi;
/** `Exit.Watchdog`, under the name that it has in voodoo. */
export const ExitWatchdog = Exit.Watchdog;
/** `Exit.Epr`, under the name that it has in voodoo. */
export const ExitEpr = Exit.Epr;
/** `Exit.SystemEvent`, under the name that it has in voodoo. */
export const ExitSystemEvent = Exit.SystemEvent;
/** `Exit.IoapicEOI`, under the name that it has in voodoo. */
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
