/** Runs of steps that did the same in both traces, as their hashes say. */
import { DIGEST_STEPS } from '../../trace/format/schema.js';
import type { Pair, Side } from '../side.js';

/** Hashes read at a time. */
const BATCH = 1024;

/** The hash of each chunk of a trace, read in order. */
class Hashes {
  readonly #side: Side;
  #chunks = new Map<number, bigint>();
  /** The batch that #chunks is. */
  #batch = -1;

  constructor(side: Side) {
    this.#side = side;
  }

  /** Of the steps from `step` on, which is the first of a chunk. */
  from(step: number): bigint | undefined {
    const { phase } = this.#side.file.digests;
    const chunk = (step + phase) / DIGEST_STEPS;
    const batch = Math.floor(chunk / BATCH);
    if (batch !== this.#batch) {
      const first = batch * BATCH * DIGEST_STEPS - phase;
      const rows = this.#side.file.digests.between(first, first + BATCH * DIGEST_STEPS);
      this.#chunks = new Map(rows.map(({ step: last, chunk: hash }) => [last, hash]));
      this.#batch = batch;
    }
    return this.#chunks.get(step + DIGEST_STEPS - 1);
  }
}

/** Finds, by the hashes of the steps' digests, how far the traces go on alike. */
export class HashRuns {
  readonly #pair: Pair;
  readonly #a: Hashes;
  readonly #b: Hashes;

  constructor(pair: Pair) {
    this.#pair = pair;
    this.#a = new Hashes(pair.a);
    this.#b = new Hashes(pair.b);
  }

  /**
   * How many of the steps from here on did the same: whole chunks, at most `limit` of them, that
   * begin at these steps in both traces. The last step of a trace is never among them.
   */
  equalSteps(stepA: number, stepB: number, limit: number): number {
    const { a, b } = this.#pair;
    if (!a.believesHashes || !b.believesHashes) return 0;
    if (!beginsChunk(a, stepA) || !beginsChunk(b, stepB)) return 0;
    const left = Math.min(a.stepCount - stepA, b.stepCount - stepB) - 1;
    const most = Math.min(limit, Math.floor(left / DIGEST_STEPS));
    let chunks = 0;
    while (chunks < most) {
      const hash = this.#a.from(stepA + chunks * DIGEST_STEPS);
      if (hash === undefined || hash !== this.#b.from(stepB + chunks * DIGEST_STEPS)) break;
      chunks++;
    }
    return chunks * DIGEST_STEPS;
  }
}

function beginsChunk({ file }: Side, step: number): boolean {
  return (step + file.digests.phase) % DIGEST_STEPS === 0;
}
