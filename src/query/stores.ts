/** The last store to some memory, whether or not it changed anything: with an index or without. */
import { AccessWindow } from '../derive/access-window.js';
import type { DecodedCode } from '../derive/code.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { lastAccess } from './access-search.js';
import type { MemoryAccess } from './accesses.js';
import type { PhysicalRange } from './last-writes.js';

/** Steps that are decoded at a time where there is no index. */
const WINDOW_STEPS = 1 << 14;
/** Windows that may be decoded in all: a million steps take about a second. */
const MAX_WINDOWS = 64;

/** The last store that was found, if any. */
export interface Store {
  readonly access: MemoryAccess | undefined;
  /** False where not all steps could be looked at. */
  readonly complete: boolean;
}

/** Those of one question. */
export class Stores {
  readonly #file: TraceFile;
  readonly #windows = new Map<number, AccessWindow>();
  readonly #codes: DecodedCode[] = [];
  #left = MAX_WINDOWS;

  constructor(file: TraceFile) {
    this.#file = file;
  }

  /** The newest store to a byte of a range at a step before `before` and after `after`. */
  last(range: PhysicalRange, before: number, after: number): Store {
    const { derived } = this.#file;
    if (derived.has('accesses')) {
      return { access: lastAccess(derived.runs, range, before, WRITES, after), complete: true };
    }
    for (let end = before; end > after + 1;) {
      const index = Math.floor((end - 1) / WINDOW_STEPS);
      const window = this.#window(index);
      if (window === undefined) return { access: undefined, complete: false };
      const access = lastAccess(window, range, end, WRITES, after);
      if (access !== undefined) return { access, complete: true };
      end = index * WINDOW_STEPS;
    }
    return { access: undefined, complete: true };
  }

  #window(index: number): AccessWindow | undefined {
    let window = this.#windows.get(index);
    if (window !== undefined) return window;
    if (this.#left === 0) return undefined;
    this.#left--;
    const from = index * WINDOW_STEPS;
    const to = Math.min(this.#file.stepCount, from + WINDOW_STEPS);
    window = new AccessWindow(this.#file, from, to, this.#codes);
    this.#windows.set(index, window);
    return window;
  }
}

const WRITES = { writes: true };
