/** Why a step differs: for what it reads, or for something that first differs here. */
import { hex } from '../../base/number-text.js';
import type { Cause, Root } from '../dataflow/cause.js';
import { Roots } from '../dataflow/cause.js';
import { Hops, type Hop, type StepOfBoth } from '../dataflow/taint-edges.js';
import type { DifferingInput } from './compare-events.js';
import { endedByRecorder, type Ends } from './ends.js';
import type { Difference } from './result.js';
import type { Skew } from './clock-skew.js';

/** What may explain a step. */
export interface Evidence {
  readonly at: StepOfBoth;
  /** By number in a. */
  readonly instruction: number;
  readonly text: string;
  readonly inputs: readonly DifferingInput[];
  /** The most telling of the differences that the step reads. */
  readonly source: Hop | undefined;
  readonly code: Difference | undefined;
  /** The place that a rule hides, where nothing else differs. */
  readonly hidden: string | undefined;
  readonly end: Ends | undefined;
  /** Asked before it is said that nothing explains the step. */
  readonly last: () => LastResort;
}

export interface LastResort {
  /** What the step reads besides its operands, and what is known to differ but not where. */
  readonly source: Hop | undefined;
  /** Whether all that the step reads is recorded, and equal. */
  readonly allEqual: () => boolean;
}

export class Explainer {
  readonly roots = new Roots();
  readonly hops = new Hops();
  readonly #skew: Skew;
  /** By the number of a byte of COM1's input, of those that are read at other steps. */
  readonly #inputBytes = new Map<number, Root>();
  /** Of places that rules hide, and of undefined flags: one each, wherever they come from. */
  readonly #standing = new Map<string, Root>();

  constructor(skew: Skew) {
    this.#skew = skew;
  }

  explain(evidence: Evidence): Hop {
    const { at, inputs, source, end } = evidence;
    if (end !== undefined && endedByRecorder(end)) return this.ended(at, end);
    const input = inputs.find(({ ignored }) => !ignored) ?? inputs[0];
    if (input !== undefined) return this.#ofInput(input, evidence);
    if (source !== undefined) return this.hops.carry(source, evidence.instruction, at);
    if (end !== undefined) return this.ended(at, end);
    return this.#ofCode(evidence) ?? this.#ofPlace(evidence) ?? this.#lastly(evidence);
  }

  #ofInput(input: DifferingInput, { at, instruction }: Evidence): Hop {
    const { kind, what, a, b, ignored } = input;
    const skewed = this.#skew.explain(input, at);
    if (skewed === undefined) return this.begin({ kind, what, a, b }, at, ignored);
    if ('since' in skewed) return this.hops.carry(skewed.since, instruction, at);
    // Each side reads the byte at another step: one cause, met twice.
    let root = this.#inputBytes.get(skewed.inputByte);
    if (root === undefined) {
      const { stepA, stepB } = at;
      root = this.roots.add({ kind, what, a, b, stepA, stepB });
      this.#inputBytes.set(skewed.inputByte, root);
    }
    return this.hops.begin(root, at);
  }

  #lastly({ at, instruction, text, last }: Evidence): Hop {
    const { source, allEqual } = last();
    if (source !== undefined) return this.hops.carry(source, instruction, at);
    const cause = { kind: 'unexplained', what: text, a: '', b: '' } as const;
    return this.begin({ ...cause, sourcesEqual: allEqual() }, at);
  }

  begin(cause: Omit<Cause, 'stepA' | 'stepB'>, at: StepOfBoth, ignored = false): Hop {
    return this.hops.begin(this.roots.add({ ...cause, ...at }, ignored), at);
  }

  /** A trace that ends is the cause of its own. */
  ended(at: StepOfBoth, { a, b }: Ends): Hop {
    return this.begin({ kind: 'end', what: 'end', a, b }, at);
  }

  /** Flags that the manual leaves undefined are no difference, until they decide something. */
  undefinedFlags(at: StepOfBoth, text: string): Hop {
    return this.#stand('undefined-flags', 'undefined-flags', text, at, true);
  }

  #ofCode({ at, code }: Evidence): Hop | undefined {
    if (code?.kind !== 'code') return undefined;
    const what = `code at ${hex(code.address)}`;
    return this.begin({ kind: 'code', what, a: code.a, b: code.b }, at);
  }

  #ofPlace({ at, hidden }: Evidence): Hop | undefined {
    if (hidden === undefined) return undefined;
    const kind = hidden.startsWith('register') ? 'ignored-register' : 'ignored-memory';
    return this.#stand(hidden, kind, hidden, at, false);
  }

  #stand(key: string, kind: Cause['kind'], what: string, at: StepOfBoth, ignored: boolean): Hop {
    let root = this.#standing.get(key);
    if (root === undefined) {
      const { stepA, stepB } = at;
      root = this.roots.add({ kind, stepA, stepB, what, a: '', b: '' }, ignored);
      this.#standing.set(key, root);
    }
    return this.hops.begin(root, at);
  }
}
