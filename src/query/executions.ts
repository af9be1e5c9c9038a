/** When an address was executed. */
import type { TraceFile } from '../trace/read/trace-file.js';

/** Steps that are read at once. */
const BATCH = 256;

/** The instructions at a linear address, and where what was linked for it has been loaded. */
function idsAt({ instructions, symbols }: TraceFile, address: bigint): readonly number[] {
  const loaded = symbols.loadedAt(address);
  const ids = instructions.idsAt(address);
  return loaded === undefined ? ids : [...ids, ...instructions.idsAt(loaded)];
}

/** The steps from `from` on that ran the instruction at a linear address, in order. */
export function* executions(file: TraceFile, address: bigint, from: number): Generator<number> {
  const streams = idsAt(file, address).map((id) => new Executions(file, id, from));
  for (;;) {
    // Several instructions at one address: code was changed, or runs in several modes.
    let first: Executions | undefined;
    for (const each of streams) {
      if (each.next !== undefined && (first?.next === undefined || each.next < first.next)) {
        first = each;
      }
    }
    if (first?.next === undefined) return;
    yield first.next;
    first.advance();
  }
}

/** The first step from `from` on that ran the instruction at a linear address. */
export function nextExecution(file: TraceFile, address: bigint, from: number): number | undefined {
  const { instructions } = file;
  const steps = idsAt(file, address).flatMap((id) => instructions.executions(id, from, 1));
  return steps.length === 0 ? undefined : Math.min(...steps);
}

/** The newest step before `before` that ran the instruction at a linear address. */
export function lastExecution(
  file: TraceFile,
  address: bigint,
  before: number,
): number | undefined {
  return file.instructions.lastExecution(idsAt(file, address), 0, before);
}

/**
 * The step that executes an address for the nth time, the first being 1; undefined if it is executed
 * less often. With an index (`kvmtrace index`) it takes the same time whatever n is.
 */
export function nthExecution(file: TraceFile, address: bigint, n: number): number | undefined {
  const wanted = n - 1; // Marks and OFFSET count from 0.
  let rank = 0;
  let step = 0;
  // Marks count the executions of one address.
  if (file.derived.has('executions') && file.symbols.loadedAt(address) === undefined) {
    const mark = file.derived.rows.mark(address, wanted);
    if (mark === undefined) return undefined;
    [rank, step] = mark;
  }
  const ids = idsAt(file, address);
  if (ids.length === 1) return file.instructions.nthExecution(ids[0]!, step, wanted - rank);
  for (const each of executions(file, address, step)) if (rank++ === wanted) return each;
  return undefined;
}

class Executions {
  readonly #file: TraceFile;
  readonly #id: number;
  #batch: readonly number[];
  #at = 0;

  constructor(file: TraceFile, id: number, from: number) {
    this.#file = file;
    this.#id = id;
    this.#batch = file.instructions.executions(id, from, BATCH);
  }

  get next(): number | undefined {
    return this.#batch[this.#at];
  }

  advance(): void {
    const last = this.#batch[this.#at++]!;
    if (this.#at < this.#batch.length || this.#batch.length < BATCH) return;
    this.#batch = this.#file.instructions.executions(this.#id, last + 1, BATCH);
    this.#at = 0;
  }
}
