import { CHUNK_STEPS, type Changes, type StepChunk } from '../trace/read/step-columns.js';

const NONE = -1;

/** The register rows of a chunk, which come by register, as chains by step. */
export class RegisterChanges {
  readonly #heads = new Int32Array(CHUNK_STEPS);
  #next = new Int32Array(CHUNK_STEPS);
  #changes: Changes | undefined;

  begin(chunk: StepChunk): void {
    const { registers, count } = chunk;
    this.#changes = registers;
    if (this.#next.length < registers.count) this.#next = new Int32Array(registers.step.length);
    this.#heads.fill(NONE);
    for (let i = 0; i < registers.count; i++) {
      const step = registers.step[i]!;
      // The query has made sure of it; a corrupt page may still say otherwise.
      if (!(step >= 0 && step < count)) continue;
      this.#next[i] = this.#heads[step]!;
      this.#heads[step] = i;
    }
  }

  /** The first row of a step, or -1. */
  first(index: number): number {
    return this.#heads[index]!;
  }

  next(at: number): number {
    return this.#next[at]!;
  }

  register(at: number): number {
    return this.#changes!.register[at]!;
  }

  low(at: number): number {
    return this.#changes!.low[at]!;
  }

  high(at: number): number {
    return this.#changes!.high[at]!;
  }
}
