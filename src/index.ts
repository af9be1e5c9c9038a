/** kvmtrace as a library: reading traces, the KVM binding, and the tracee API. */
export { KvmtraceError } from './base/errors.js';

export { Trace } from './query/trace.js';
export { Position, type Direction, type Hit, type Stop } from './query/position.js';
export type { Condition, MemoryRange } from './query/condition.js';
export type { State } from './query/state.js';
export type { MemoryChange, RegisterChange, StepRecord } from './query/step-records.js';
export type { TraceInfo } from './query/info.js';
export type { PhysicalRange } from './query/last-writes.js';
export type { StepAccess } from './query/step-accesses.js';
export type { MemoryAccess } from './query/accesses.js';
export type { CallNode } from './query/call-tree.js';
export type { HotFunction, HotInstruction } from './query/hot.js';
export type { MemoryFault, MemoryRead } from './query/virtual-memory.js';
export type { WhyNode, WhyOptions } from './query/why/why.js';
export type { LinearRange, WhyTarget } from './query/why/target.js';
export type { Call } from './trace/read/derived-reader.js';
export type { InputValue, Interruption, MmioAccess, PortAccess } from './trace/read/events.js';
export type { ExecutedStep, Instruction } from './trace/read/instructions.js';
export type { RegisterInfo } from './trace/format/registers.js';
export type {
  MemoryWriteColumns,
  RegisterWriteColumns,
  RowsOfSteps,
  StepBatch,
} from './trace/read/step-batches.js';
export { callEdges, type CallEdge } from './query/calls.js';
export type { StepSearch } from './query/step-search.js';
export type { MemoryWrite } from './trace/read/memory.js';
export type { MemorySlot as TraceMemorySlot } from './trace/read/memory-slots.js';
export type { Meta } from './trace/read/meta.js';
export type { RegisterValue, RegisterWrite } from './trace/read/registers.js';
export type { SourcePlace, SourceRange } from './trace/read/source-lines.js';
export type { SymbolOffset, TraceSymbol } from './trace/read/symbols.js';
export type { QueryResult } from './trace/read/sql/user-query.js';
export type { Translation, TranslationFault } from './x86/page-walk.js';
export { indexTrace, type IndexResult } from './derive/index-trace.js';
export { demangle } from './trace/read/demangle.js';
export { packTrace, type PackResult } from './trace/pack/pack.js';
export { unpackTrace } from './trace/pack/unpack.js';

export * from './library/kvm.js';
export * from './library/tracee.js';
