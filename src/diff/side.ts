/** One of the two traces that are compared, with what is known of it. */
import { hex } from '../base/number-text.js';
import { basename } from 'node:path';
import { PhysicalMemory } from '../query/physical-memory.js';
import { State } from '../query/state.js';
import { stepRecords, type StepRecord } from '../query/step-records.js';
import type { Instruction } from '../trace/read/instructions.js';
import { openTrace } from '../trace/read/open.js';
import { shortPlace } from '../trace/read/source-lines.js';
import { formatSymbol } from '../trace/read/symbols.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/** A trace that is compared: its file, and what it is asked over and over. */
export class Side implements Disposable {
  /** As it was given: a packed trace is read from a temporary file. */
  readonly path: string;
  readonly file: TraceFile;
  readonly memory: PhysicalMemory;
  readonly stepCount: number;

  /** Whether the hashes in the file are those of its rows, as far as can be told; else rows are read. */
  readonly believesHashes: boolean;

  /**
   * @param verify read the rows, whatever the hashes say
   * @param limit take the trace to end after so many steps
   */
  constructor(path: string, verify = false, limit = Infinity) {
    this.path = path;
    this.file = openTrace(path);
    this.believesHashes = !verify && this.file.unaltered;
    this.memory = new PhysicalMemory(this.file);
    this.stepCount = Math.min(limit, this.file.stepCount);
  }

  /** The name of the file without its folders. */
  get name(): string {
    return basename(this.path);
  }

  get complete(): boolean {
    return this.file.meta.get('complete') === 1n;
  }

  /** A string or number of `meta` as text. */
  meta(key: string): string | undefined {
    const value = this.file.meta.get(key);
    return value === undefined || value === null ? undefined : String(value);
  }

  state(step: number): State {
    return new State(this.file, this.memory, step);
  }

  record(step: number): StepRecord | undefined {
    return step < 0 || step >= this.stepCount ? undefined : this.records(step, step + 1)[0];
  }

  records(from: number, to: number): StepRecord[] {
    const start = Math.max(0, from);
    return [...stepRecords(this.file, this.memory, start, Math.min(this.stepCount, to))];
  }

  instruction(step: number): Instruction | undefined {
    const [id] = this.file.code.ids(step, step + 1);
    return id === undefined ? undefined : this.file.code.get(id);
  }

  /** `main+0x10`, or the address where no symbol is near. */
  place(address: bigint): string {
    const found = this.file.symbols.at(address);
    return found === undefined ? hex(address) : formatSymbol(found);
  }

  /** `sort.c:12` where the trace has source lines; else nothing. */
  source(address: bigint): string {
    const found = this.file.sourceAt(BigInt.asUintN(64, address));
    return found === undefined ? '' : shortPlace(found);
  }

  /** `main+0x10 (sort.c:12)`: the place, and its source line where there is one. */
  where(address: bigint): string {
    const source = this.source(address);
    return source === '' ? this.place(address) : `${this.place(address)} (${source})`;
  }

  /** The same of the instruction of a step; undefined where there is no such step. */
  whereOfStep(step: number | undefined): string | undefined {
    const instruction = step === undefined ? undefined : this.instruction(step);
    return instruction && this.where(instruction.address);
  }

  /** Whether the trace goes on behind what is compared of it. */
  get isCut(): boolean {
    return this.stepCount < this.file.stepCount;
  }

  close(): void {
    this.file.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** The two traces: `a`, the first on the command line, is what `b` is compared with. */
export interface Pair {
  readonly a: Side;
  readonly b: Side;
}
