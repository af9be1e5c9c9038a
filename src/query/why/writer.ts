/** The step that put the value into a place. */
import type { TraceFile } from '../../trace/read/trace-file.js';
import { lastMemoryWrite } from '../last-writes.js';
import type { Stores } from '../stores.js';
import type { MemoryPlace, Place } from './location.js';
import { RegisterWriters, type Writer } from './register-writer.js';

/** Finds the steps that wrote places of any kind. */
export class Writers {
  readonly #file: TraceFile;
  readonly #stores: Stores;
  readonly #registers: RegisterWriters;

  constructor(file: TraceFile, stores: Stores) {
    this.#file = file;
    this.#stores = stores;
    this.#registers = new RegisterWriters(file);
  }

  /** The newest step before state `state` that wrote a byte of the place, changed or not. */
  last(place: Place, state: number): Writer {
    return place.kind === 'memory'
      ? this.#memoryWriter(place, state)
      : this.#registers.last(place, state);
  }

  #memoryWriter({ pieces }: MemoryPlace, state: number): Writer {
    let newest: Writer = { step: -1, complete: true };
    for (const piece of pieces) {
      const changed = lastMemoryWrite(this.#file, piece, state)?.step ?? -1;
      const since = Math.max(changed, newest.step);
      const store = this.#stores.last(piece, state, since);
      const complete = newest.complete && store.complete;
      if (store.access !== undefined) {
        newest = { step: store.access.step, implied: store.access.implied, complete };
      } else {
        newest = changed > newest.step ? { step: changed, complete } : { ...newest, complete };
      }
    }
    return newest;
  }
}
