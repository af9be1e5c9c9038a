/** What each step did: the rows of the event stream, put together step by step. */
import type { InputValue, Interruption, MmioAccess, PortAccess } from '../trace/read/events.js';
import type { Instruction } from '../trace/read/instructions.js';
import type { MemoryWrite } from '../trace/read/memory.js';
import type { RegisterWrite } from '../trace/read/registers.js';
import type { SourcePlace } from '../trace/read/source-lines.js';
import type { SymbolOffset } from '../trace/read/symbols.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { PhysicalMemory } from './physical-memory.js';
import { StepAccesses, type StepAccess } from './step-accesses.js';

/** A register that a step changed, with its values before and after. */
export interface RegisterChange {
  readonly name: string;
  /** Width in bits. */
  readonly bits: number;
  /** Undefined where the trace has no value from before. */
  readonly before: bigint | undefined;
  readonly after: bigint;
}

/** Contiguous bytes of guest-physical memory that changed. */
export interface MemoryChange {
  readonly gpa: number;
  /** As long as `after`. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** A step: what ran, and everything that it changed or exchanged. */
export interface StepRecord {
  readonly step: number;
  readonly instruction: Instruction;
  readonly symbol: SymbolOffset | undefined;
  /** The source line that it was compiled from, where the guest says. */
  readonly source?: SourcePlace | undefined;
  /** Delivered before this step's instruction; their effects are among the previous step's. */
  readonly interruptions: readonly Interruption[];
  /** In the order of `register`. */
  readonly registers: readonly RegisterChange[];
  /** By address. */
  readonly memory: readonly MemoryChange[];
  /** Reads, and writes whether or not they changed anything, by address; undefined if not asked for. */
  readonly accesses: readonly StepAccess[] | undefined;
  readonly ports: readonly PortAccess[];
  readonly mmio: readonly MmioAccess[];
  readonly inputs: readonly InputValue[];
  /** The recorder carried the instruction out, because this KVM could not. */
  readonly assisted: boolean;
}

/** What is told of steps besides what they changed. */
export interface StepOptions {
  /** Whether to tell what each step read and wrote, besides what it changed. */
  readonly accesses?: boolean | undefined;
}

/** Steps that are read at once. */
const WINDOW = 128;

/** The steps from `from` up to, not including, `to`. */
export function* stepRecords(
  file: TraceFile,
  memory: PhysicalMemory,
  from: number,
  to: number,
  { accesses: wanted = false }: StepOptions = {},
): Generator<StepRecord> {
  const registers = new RegisterHistory(file);
  const accesses = wanted ? new StepAccesses(file, memory) : undefined;
  for (let start = from; start < to; start += WINDOW) {
    const end = Math.min(to, start + WINDOW);
    const registerWrites = byStep(file.registers.between(start, end));
    const memoryWrites = byStep(file.memory.between(start, end));
    const ports = byStep(file.events.ports(start, end));
    const mmio = byStep(file.events.mmio(start, end));
    const interruptions = byStep(file.events.interruptions(start, end));
    const inputs = byStep(file.events.inputs(start, end));
    const accessed = accesses && byStep(accesses.between(start, end));
    const assisted = new Set(file.events.assisted(start, end));
    for (const { step, instruction } of file.instructions.steps(start, end)) {
      yield {
        step,
        instruction,
        symbol: file.symbols.at(instruction.address),
        source: file.sourceAt(instruction.address),
        interruptions: interruptions.get(step) ?? [],
        registers: (registerWrites.get(step) ?? []).map((write) => registers.change(write)),
        memory: memoryChanges(memory, step, memoryWrites.get(step) ?? []),
        accesses: accessed && (accessed.get(step) ?? []),
        ports: ports.get(step) ?? [],
        mmio: mmio.get(step) ?? [],
        inputs: inputs.get(step) ?? [],
        assisted: assisted.has(step),
      };
    }
  }
}

function byStep<T extends { readonly step: number }>(rows: readonly T[]): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.step);
    if (group === undefined) groups.set(row.step, [row]);
    else group.push(row);
  }
  return groups;
}

/** Knows the value that a write replaces, for writes that come in order of step. */
class RegisterHistory {
  readonly #file: TraceFile;
  readonly #infos: ReadonlyMap<number, { name: string; bits: number }>;
  readonly #values = new Map<number, bigint>();

  constructor(file: TraceFile) {
    this.#file = file;
    this.#infos = new Map(file.registers.list.map((register) => [register.id, register]));
  }

  change({ register, step, value }: RegisterWrite): RegisterChange {
    // The rows were joined with `register`, so the id is among them.
    const { name, bits } = this.#infos.get(register)!;
    const before = this.#values.get(register) ?? this.#file.registers.last(register, step)?.value;
    this.#values.set(register, value);
    return { name, bits, before, after: value };
  }
}

/** Joins the rows of one step, which are in order of gpa, to runs of contiguous bytes. */
function memoryChanges(
  memory: PhysicalMemory,
  step: number,
  writes: readonly MemoryWrite[],
): MemoryChange[] {
  const runs: { gpa: number; end: number }[] = [];
  for (const { gpa, size } of writes) {
    const last = runs.at(-1);
    if (last !== undefined && gpa <= last.end) last.end = Math.max(last.end, gpa + size);
    else runs.push({ gpa, end: gpa + size });
  }
  return runs.map(({ gpa, end }) => ({
    gpa,
    before: memory.read(gpa, end - gpa, step),
    after: memory.read(gpa, end - gpa, step + 1),
  }));
}
