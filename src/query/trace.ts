import { inputError } from '../base/errors.js';
import { ensureDerived } from '../derive/index-trace.js';
import type { Call } from '../trace/read/derived-reader.js';
import type { Interruption } from '../trace/read/events.js';
import type { ExecutedStep } from '../trace/read/instructions.js';
import type { MemoryWrite } from '../trace/read/memory.js';
import type { Instruction } from '../trace/read/instructions.js';
import type { Meta } from '../trace/read/meta.js';
import { openTrace } from '../trace/read/open.js';
import type { RegisterWrite } from '../trace/read/registers.js';
import type { RegisterInfo } from '../trace/format/registers.js';
import { stepBatches, type StepBatch } from '../trace/read/step-batches.js';
import type { SourceRange } from '../trace/read/source-lines.js';
import type { SymbolOffset, TraceSymbol } from '../trace/read/symbols.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { QueryResult } from '../trace/read/sql/user-query.js';
import { lastAccess, nextAccess } from './access-search.js';
import type { AccessFilter } from './access-units.js';
import { accesses, type MemoryAccess } from './accesses.js';
import { callSite } from './call-site.js';
import { checkOrdinal, checkRange, checkStep } from './check-arguments.js';
import { callTree, type CallNode } from './call-tree.js';
import { callsBetween } from './calls.js';
import { executions, lastExecution, nextExecution, nthExecution } from './executions.js';
import { hotFunctions, hotInstructions, type HotFunction, type HotInstruction } from './hot.js';
import { traceInfo, type TraceInfo } from './info.js';
import { searchLinear } from './linear-search.js';
import { lastMemoryWrite, nextMemoryWrite, type PhysicalRange } from './last-writes.js';
import { addressOf, registerIdOf } from './names.js';
import { PhysicalMemory } from './physical-memory.js';
import { queryTrace } from './sql.js';
import { State } from './state.js';
import { changesOfRegister } from './register-search.js';
import type { StepSearch } from './step-search.js';
import { placeOf, type WhyTarget } from './why/target.js';
import { why, type WhyNode, type WhyOptions } from './why/why.js';
import { stepRecords, type StepOptions, type StepRecord } from './step-records.js';

/**
 * A recorded execution. Needs no KVM and answers from indexes, whatever the length of the trace.
 *
 * Steps and states are numbers: a trace of T steps has steps 0 to T-1 and states 0 to T, state n
 * being the machine just before step n. Physical addresses are numbers, linear addresses and
 * register values unsigned bigints, sizes and lengths bytes.
 *
 * Methods throw a KvmtraceError (exit code 2) for steps that do not exist and where the file turns
 * out to be damaged, and for numbers that are no steps, addresses or lengths.
 *
 * @example
 * using trace = Trace.open('hello.db');
 * console.log(trace.state(trace.stepCount).register('rax'));
 */
export class Trace implements Disposable {
  readonly #file: TraceFile;
  readonly #memory: PhysicalMemory;

  /** Told where a trace without an index is about to be gone through: seconds for millions of steps. */
  onDerive: (() => void) | undefined;

  /**
   * Called now and then while a search takes long: every some ten thousand steps that are gone through,
   * and between look-ups. What it throws ends the search, and comes out of the method that searched.
   */
  get onWork(): (() => void) | undefined {
    return this.#file.onWork;
  }

  set onWork(onWork: (() => void) | undefined) {
    this.#file.onWork = onWork;
  }

  private constructor(file: TraceFile) {
    this.#file = file;
    this.#memory = new PhysicalMemory(file);
  }

  /**
   * Opens a trace for reading.
   *
   * @throws KvmtraceError (exit code 2): no such file, not a trace, cut short, of a newer format …
   */
  static open(path: string): Trace {
    return new Trace(openTrace(path));
  }

  /** Asks a file that is open already; who opened it closes it. */
  static over(file: TraceFile): Trace {
    return new Trace(file);
  }

  get path(): string {
    return this.#file.path;
  }

  get stepCount(): number {
    return this.#file.stepCount;
  }

  /** What the trace says of itself: the table `meta`. */
  get meta(): Meta {
    return this.#file.meta;
  }

  /** Counts all rows: takes seconds on a trace of gigabytes. */
  info(): TraceInfo {
    return traceInfo(this.#file);
  }

  /** The machine just before step `n`; `n` may be `stepCount`, for the end. */
  state(n: number): State {
    if (!Number.isSafeInteger(n) || n < 0 || n > this.stepCount) {
      throw inputError(
        `${this.path} has no state ${n}: its states are 0 to ${this.stepCount} (the last).`,
      );
    }
    return new State(this.#file, this.#memory, n);
  }

  /** Up to `count` steps from step `from` on, in order; read as they are asked for. */
  steps(from: number, count: number, options?: StepOptions): Generator<StepRecord> {
    const from0 = Number.isSafeInteger(from) && from >= 0;
    if (!from0 || (from >= this.stepCount && !(from === 0 && this.stepCount === 0))) {
      const last = this.stepCount - 1;
      throw inputError(
        last < 0
          ? `${this.path} has no step ${from}: it has no steps at all.`
          : `${this.path} has no step ${from}: its steps are 0 to ${last}.`,
      );
    }
    const to = Math.min(this.stepCount, from + count);
    return stepRecords(this.#file, this.#memory, from, to, options);
  }

  /**
   * The steps from `from` up to, not including, `to` as columns, thousands at a time, with everything
   * they did: for programs that go through whole traces. Read as they are asked for.
   */
  stepBatches(from = 0, to = this.stepCount): Generator<StepBatch> {
    checkStep('from', from);
    checkStep('to', to);
    return stepBatches(this.#file, from, Math.min(to, this.stepCount));
  }

  /** The code with a number of `instruction.id`. The first call reads all code of the trace. */
  instruction(id: number): Instruction {
    return this.#file.code.get(id);
  }

  /** The registers that the trace knows, by id. */
  get registers(): readonly RegisterInfo[] {
    return this.#file.registers.list;
  }

  /**
   * Exceptions and interrupts that were delivered before steps `from` up to, not including, `to`.
   * One that was delivered after the last step has `step` equal to `stepCount`.
   */
  interruptions(from: number, to: number): Interruption[] {
    return this.#file.events.interruptions(from, to);
  }

  /**
   * Finds the states that an exception or interrupt was delivered just before: the first instruction
   * of a handler runs next. State `stepCount` is among them if one was delivered last.
   *
   * @param vector 0 to 255; default: any
   */
  interruptionSearch(vector?: number): StepSearch {
    const { events } = this.#file;
    return {
      next: (from) => events.nextInterruption(from, vector),
      last: (before) => events.lastInterruption(before, vector),
    };
  }

  /** What steps `from` up to, not including, `to` ran. Cheaper than `steps`, which says what changed. */
  executed(from: number, to: number): ExecutedStep[] {
    checkStep('from', from);
    checkStep('to', to);
    return this.#file.instructions.steps(from, to);
  }

  /**
   * Where the guest was loaded with what was linked for a linear address, if that is elsewhere: code
   * there runs until a kernel has its own page tables, and counts as executed at that address.
   */
  loadedAt(address: bigint): bigint | undefined {
    return this.#file.symbols.loadedAt(BigInt.asUintN(64, address));
  }

  /** The symbol that a linear address belongs to. */
  symbolAt(address: bigint): SymbolOffset | undefined {
    return this.#file.symbols.at(BigInt.asUintN(64, address));
  }

  /** The source line that the code at a linear address comes from, where the guest says. */
  sourceAt(address: bigint): SourceRange | undefined {
    return this.#file.sourceAt(BigInt.asUintN(64, address));
  }

  /** The pieces of code that come from a line of a file, which is named by its path or the end of it. */
  codeOfLine(file: string, line: number): SourceRange[] {
    return this.#file.sourceLines.ofLine(file, line);
  }

  symbolNamed(name: string): TraceSymbol | undefined {
    return this.#file.symbols.named(name);
  }

  /** ` (did you mean main?)`, to put into a message about a place in code that is none; or nothing. */
  suggestionFor(place: string): string {
    return this.#file.symbols.suggestionFor(place);
  }

  /**
   * Finds the steps that do something to linear memory, through the page tables as each step has them.
   *
   * @param searchOf the search for those that do it to physical memory, such as `accessesOf`
   */
  searchLinear(
    gva: bigint,
    length: number,
    searchOf: (range: PhysicalRange) => StepSearch,
  ): StepSearch {
    checkRange({ gpa: 0, length });
    return searchLinear(this.#file, gva, length, searchOf);
  }

  /**
   * Finds the steps that change a register, a part of one, or a flag: `rax`, `al`, `xmm3`, `cs_base`,
   * `zf`.
   *
   * @throws KvmtraceError (exit code 2) for what the trace does not record
   */
  registerChanges(name: string): StepSearch {
    return changesOfRegister(this.#file, name);
  }

  /**
   * The newest write to a register at a step before `before`: the one that made its value in state
   * `before`. Its step is -1 for the initial value. Undefined for a register that is not recorded.
   */
  lastRegisterWrite(name: string, before: number): RegisterWrite | undefined {
    return this.#file.registers.last(registerIdOf(this.#file, name), before);
  }

  /** The first write to a register at step `from` or later. */
  nextRegisterWrite(name: string, from: number): RegisterWrite | undefined {
    return this.#file.registers.next(registerIdOf(this.#file, name), from);
  }

  /**
   * The newest change of any byte of a range at a step before `before`; undefined if none of them
   * has changed since the initial state.
   */
  lastMemoryWrite(range: PhysicalRange, before: number): MemoryWrite | undefined {
    checkRange(range);
    checkStep('before', before);
    return lastMemoryWrite(this.#file, range, before);
  }

  /** The first change of any byte of a range at step `from` or later. */
  nextMemoryWrite(range: PhysicalRange, from: number): MemoryWrite | undefined {
    checkRange(range);
    checkStep('from', from);
    return nextMemoryWrite(this.#file, range, from);
  }

  /**
   * Whether the trace has the index that `kvmtrace index` makes. Calls, accesses and counts need it:
   * without, the first question about each takes about a second per million steps.
   */
  get hasIndex(): boolean {
    return this.#file.derived.inFile;
  }

  /**
   * The steps that execute an address, in order, from step `from` on.
   *
   * @param place a linear address, or the name of a symbol
   * @throws KvmtraceError (exit code 2) for a name that no symbol has
   */
  executions(place: bigint | string, from = 0): Generator<number> {
    return executions(this.#file, addressOf(this.#file, place), from);
  }

  /**
   * The step that executes an address for the nth time; undefined if it is executed less often. Takes
   * longer the larger n is if the trace has no index.
   *
   * @param n counted from 1: `nthExecution('main', 1)` is the first time
   * @throws KvmtraceError (exit code 2) for another number, and for a name that no symbol has
   */
  nthExecution(place: bigint | string, n: number): number | undefined {
    checkOrdinal('n', n);
    return nthExecution(this.#file, addressOf(this.#file, place), n);
  }

  /** The first step from step `from` on that executes a linear address or symbol. */
  nextExecution(place: bigint | string, from: number): number | undefined {
    return nextExecution(this.#file, addressOf(this.#file, place), from);
  }

  /** The newest step before step `before` that executes a linear address or symbol. */
  lastExecution(place: bigint | string, before: number): number | undefined {
    return lastExecution(this.#file, addressOf(this.#file, place), before);
  }

  /**
   * The accesses to any byte of a range at steps `from` up to, not including, `to`, by step: reads,
   * writes, and writes that changed nothing.
   *
   * @param filter `{ writes: true }` for those that write, whether or not that changed anything
   */
  accesses(
    range: PhysicalRange,
    from = 0,
    to = this.stepCount,
    filter?: AccessFilter,
  ): MemoryAccess[] {
    checkRange(range);
    checkStep('from', from);
    checkStep('to', to);
    ensureDerived(this.#file, 'accesses');
    return accesses(this.#file, range, from, to, filter);
  }

  /** The newest access to a byte of a range at a step before `before`. */
  lastAccess(
    range: PhysicalRange,
    before: number,
    filter?: AccessFilter,
  ): MemoryAccess | undefined {
    checkRange(range);
    checkStep('before', before);
    ensureDerived(this.#file, 'accesses');
    return lastAccess(this.#file.derived.runs, range, before, filter);
  }

  /** The first access to a byte of a range at step `from` or later. */
  nextAccess(range: PhysicalRange, from: number, filter?: AccessFilter): MemoryAccess | undefined {
    checkRange(range);
    checkStep('from', from);
    ensureDerived(this.#file, 'accesses');
    return nextAccess(this.#file.derived.runs, range, from, filter);
  }

  /** The calls under way at state `n`: frame 0 is the innermost, as in debuggers. */
  callStack(n: number): Call[] {
    const { step } = this.state(n);
    ensureDerived(this.#file, 'calls');
    // The last state has no step of its own: the calls that were never left are still under way.
    return this.#file.derived.rows.callsAround(Math.min(step, this.stepCount - 1));
  }

  /**
   * The calls under way at some step from `from` up to, not including, `to`, by first step: each comes
   * after the one that it was made in. Read as they are asked for.
   */
  calls(from = 0, to = this.stepCount): Generator<Call> {
    checkStep('from', from);
    checkStep('to', to);
    ensureDerived(this.#file, 'calls');
    return callsBetween(this.#file, from, Math.min(to, this.stepCount));
  }

  /**
   * The linear address of the instruction that made a call, or that an interruption would return to;
   * undefined for what the trace begins in.
   */
  callSite(call: Call): bigint | undefined {
    ensureDerived(this.#file, 'calls');
    return callSite(this.#file, call);
  }

  /** All calls down to `maxDepth`, those of one function from the same place taken together. */
  callTree(maxDepth = Number.MAX_SAFE_INTEGER): CallNode[] {
    ensureDerived(this.#file, 'calls');
    return callTree(this.#file, maxDepth);
  }

  /** Every function that was called, with its steps; the one with the most of its own first. */
  hotFunctions(): HotFunction[] {
    ensureDerived(this.#file, 'calls');
    return hotFunctions(this.#file);
  }

  /** The `count` instructions that were executed most often. */
  hotInstructions(count: number): HotInstruction[] {
    ensureDerived(this.#file, 'executions');
    return hotInstructions(this.#file, count);
  }

  /**
   * Where a value of state `n` comes from: the step that made it, what that step read, and so on back
   * to constants, inputs and the initial state. Steps that only moved a value are passed over.
   *
   * @param target a register or flag by name, or a range of memory
   * @throws KvmtraceError (exit code 2) for what the trace does not record
   */
  why(n: number, target: WhyTarget, options: WhyOptions = {}): WhyNode {
    const state = this.state(n);
    const place = placeOf(this.#file, state, target);
    return why(this.#file, this.#memory, place, n, options);
  }

  /**
   * Runs one SQL statement that reads, with the functions of schema/README.md. Derived tables that
   * the trace does not have are made for as long as it is open.
   *
   * @throws KvmtraceError (exit code 2) for SQL that writes or has errors, also while iterating
   */
  query(sql: string): QueryResult {
    return queryTrace(this.#file, sql, () => {
      this.onDerive?.();
    });
  }

  /** What SQL may ask: the tables and views, with their columns. */
  tables(): { readonly name: string; readonly columns: readonly string[] }[] {
    return this.#file.tables().map((name) => ({ name, columns: this.#file.columns(name) }));
  }

  /** The names of the registers that are recorded. */
  registerNames(): string[] {
    return this.#file.registers.list.map(({ name }) => name);
  }

  close(): void {
    this.#file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
