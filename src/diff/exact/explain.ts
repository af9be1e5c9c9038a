/** Why a step differs: for what it reads, or for something that first differs here. */
import { hex } from '../../base/number-text.js';
import type { Cause, RootCause } from '../dataflow/cause.js';
import { Roots } from '../dataflow/cause.js';
import { TaintEdges, type TaintEdge, type StepOfBoth } from '../dataflow/taint-edges.js';
import type { DifferingInput } from './compare-events.js';
import { endedByRecorder, type Ends } from './ends.js';
import type { Difference } from './result.js';
import type { ClockSkew } from './clock-skew.js';

/** What may explain a step. */
export interface Evidence {
  readonly at: StepOfBoth;
  /** By number in a. */
  readonly instruction: number;
  readonly text: string;
  readonly inputs: readonly DifferingInput[];
  /** The most telling of the differences that the step reads. */
  readonly source: TaintEdge | undefined;
  readonly code: Difference | undefined;
  /** The place that a rule hides, where nothing else differs. */
  readonly hidden: string | undefined;
  readonly end: Ends | undefined;
  /** Asked before it is said that nothing explains the step. */
  readonly last: () => LastResort;
}

/** What may explain a difference that operands do not. */
export interface LastResort {
  /** What the step reads besides its operands, and what is known to differ but not where. */
  readonly source: TaintEdge | undefined;
  /** Whether all that the step reads is recorded, and equal. */
  readonly allEqual: () => boolean;
}

/** Finds the edge that a difference goes back to, or begins a new root cause. */
export class Explainer {
  readonly roots = new Roots();
  readonly edges = new TaintEdges();
  readonly #skew: ClockSkew;
  /** By the number of a byte of COM1's input, of those that are read at other steps. */
  readonly #inputBytes = new Map<number, RootCause>();
  /** Of places that rules hide, and of undefined flags: one each, wherever they come from. */
  readonly #standing = new Map<string, RootCause>();

  constructor(skew: ClockSkew) {
    this.#skew = skew;
  }

  explain(evidence: Evidence): TaintEdge {
    const { at, inputs, source, end } = evidence;
    if (end !== undefined && endedByRecorder(end)) return this.ended(at, end);
    const input = inputs.find(({ ignored }) => !ignored) ?? inputs[0];
    if (input !== undefined) return this.#ofInput(input, evidence);
    if (source !== undefined) return this.edges.carry(source, evidence.instruction, at);
    if (end !== undefined) return this.ended(at, end);
    return this.#ofCode(evidence) ?? this.#ofPlace(evidence) ?? this.#lastly(evidence);
  }

  #ofInput(input: DifferingInput, { at, instruction }: Evidence): TaintEdge {
    const { kind, what, a, b, ignored } = input;
    const skewed = this.#skew.explain(input, at);
    if (skewed === undefined) return this.begin({ kind, what, a, b }, at, ignored);
    if ('since' in skewed) return this.edges.carry(skewed.since, instruction, at);
    // Each side reads the byte at another step: one cause, met twice.
    let root = this.#inputBytes.get(skewed.inputByte);
    if (root === undefined) {
      const { stepA, stepB } = at;
      root = this.roots.add({ kind, what, a, b, stepA, stepB });
      this.#inputBytes.set(skewed.inputByte, root);
    }
    return this.edges.begin(root, at);
  }

  #lastly({ at, instruction, text, last }: Evidence): TaintEdge {
    const { source, allEqual } = last();
    if (source !== undefined) return this.edges.carry(source, instruction, at);
    const cause = { kind: 'unexplained', what: text, a: '', b: '' } as const;
    return this.begin({ ...cause, sourcesEqual: allEqual() }, at);
  }

  begin(cause: Omit<Cause, 'stepA' | 'stepB'>, at: StepOfBoth, ignored = false): TaintEdge {
    return this.edges.begin(this.roots.add({ ...cause, ...at }, ignored), at);
  }

  /** A trace that ends is the cause of its own. */
  ended(at: StepOfBoth, { a, b }: Ends): TaintEdge {
    return this.begin({ kind: 'end', what: 'end', a, b }, at);
  }

  /** Flags that the manual leaves undefined are no difference, until they decide something. */
  undefinedFlags(at: StepOfBoth, text: string): TaintEdge {
    return this.#stand('undefined-flags', 'undefined-flags', text, at, true);
  }

  #ofCode({ at, code }: Evidence): TaintEdge | undefined {
    if (code?.kind !== 'code') return undefined;
    const what = `code at ${hex(code.address)}`;
    return this.begin({ kind: 'code', what, a: code.a, b: code.b }, at);
  }

  #ofPlace({ at, hidden }: Evidence): TaintEdge | undefined {
    if (hidden === undefined) return undefined;
    const kind = hidden.startsWith('register') ? 'ignored-register' : 'ignored-memory';
    return this.#stand(hidden, kind, hidden, at, false);
  }

  #stand(
    key: string,
    kind: Cause['kind'],
    what: string,
    at: StepOfBoth,
    ignored: boolean,
  ): TaintEdge {
    let root = this.#standing.get(key);
    if (root === undefined) {
      const { stepA, stepB } = at;
      root = this.roots.add({ kind, stepA, stepB, what, a: '', b: '' }, ignored);
      this.#standing.set(key, root);
    }
    return this.edges.begin(root, at);
  }
}
