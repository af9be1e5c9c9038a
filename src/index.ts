/** kvmtrace as a library: reading traces, the KVM binding, and the tracee API. */
export { KvmtraceError } from './errors.js';

export { Trace } from './replay/trace.js';
export { Position, type Direction, type Hit, type Stop } from './query/position.js';
export type { Condition, MemoryRange } from './query/condition.js';
export type { State } from './replay/state.js';
export type { MemoryChange, RegisterChange, StepRecord } from './replay/step-records.js';
export type { TraceInfo } from './replay/info.js';
export type { PhysicalRange } from './replay/last-writes.js';
export type { MemoryAccess } from './replay/accesses.js';
export type { CallNode } from './replay/call-tree.js';
export type { HotFunction, HotInstruction } from './replay/hot.js';
export type { MemoryFault, MemoryRead } from './replay/virtual-memory.js';
export type { WhyNode, WhyOptions } from './replay/why/why.js';
export type { LinearRange, WhyTarget } from './replay/why/target.js';
export type { Call } from './trace/reader/derived-reader.js';
export type { InputValue, Interruption, MmioAccess, PortAccess } from './trace/reader/events.js';
export type { ExecutedStep, Instruction } from './trace/reader/instructions.js';
export type { StepSearch } from './replay/step-search.js';
export type { MemoryWrite } from './trace/reader/memory.js';
export type { MemorySlot as TraceMemorySlot } from './trace/reader/memory-slots.js';
export type { Meta } from './trace/reader/meta.js';
export type { RegisterValue, RegisterWrite } from './trace/reader/registers.js';
export type { SymbolOffset, TraceSymbol } from './trace/reader/symbols.js';
export type { QueryResult } from './trace/reader/user-query.js';
export type { Translation, TranslationFault } from './x86/page-walk.js';
export { indexTrace, type IndexResult } from './derive/index-trace.js';
export { packTrace, type PackResult } from './trace/pack/pack.js';
export { unpackTrace } from './trace/pack/unpack.js';

export { SyscallError } from './kvm/libc.js';
export { Kvm } from './kvm/kvm.js';
export { Vm, type IoEvent, type UserMemoryRegion } from './kvm/vm.js';
export { Vcpu } from './kvm/vcpu.js';
export { RunPage, RUN_OFFSET } from './kvm/run-page.js';
export type { VcpuExit } from './kvm/exit.js';
export { DirtyRing } from './kvm/dirty-ring.js';
export { GuestMemory, type MemorySlot, type SlotOptions } from './kvm/guest-memory.js';
export { CAP, type Capability } from './kvm/abi/capability.js';

export { Tracee, type Debug, type TraceeOptions } from './kvm/seed/tracee.js';
export { TraceeExitedError } from './kvm/seed/tracee-exited-error.js';
export type { PtraceRegs } from './kvm/seed/ptrace-regs.js';
export type { SigInfo } from './kvm/seed/sig-info.js';
export { CPUIDEntry, CPUIDInfo } from './kvm/seed/cpuid.js';
export { CreateRegion, MemoryRegion, Region, UserRegion } from './kvm/seed/regions.js';
export { ClearDirtyLog, DirtyLog } from './kvm/seed/dirty-log.js';
export {
  DebugControl,
  SetSignalMask,
  TPRAccessCtl,
  Translate,
  VAPICAddr,
} from './kvm/seed/vcpu-structs.js';
export { IOEventFD } from './kvm/seed/io-event-fd.js';
export { VMRun } from './kvm/seed/vm-run.js';
export * from './kvm/seed/exit.js';
export * from './kvm/seed/constants.js';
export { KVM_API_VERSION as APIVersion } from './kvm/open-error.js';
export { KVMIO } from './kvm/abi/ioctl.js';
