/** What first made the executions differ. */

/** What kind of thing made the executions differ. */
export type CauseKind =
  | 'input'
  | 'interrupt'
  | 'initial-memory'
  | 'initial-register'
  | 'set'
  | 'code'
  | 'undefined-flags'
  | 'ignored-register'
  | 'ignored-memory'
  | 'end'
  | 'unexplained';

/** What made a difference: where it happened, and the two values. */
export interface Cause {
  readonly kind: CauseKind;
  /** The step in either trace; -1 for what was there before any step. */
  readonly stepA: number;
  readonly stepB: number;
  /** `port 0x3f8`, `tsc`, `[0x101000]`: what differed. */
  readonly what: string;
  /** Its value on either side. */
  readonly a: string;
  readonly b: string;
  /** Of what is unexplained: all that the step reads is recorded, and equal. */
  readonly sourcesEqual?: boolean | undefined;
}

/** A cause, to which the differences that follow from it go back. */
export interface RootCause {
  readonly id: number;
  /** A rule says that it, and what follows from it, is not to be reported. */
  readonly ignored: boolean;
  readonly cause: Cause;
}

/** Causes that are told apart. */
const MAX_ROOTS = 10_000;

/** All causes, in the order in which they were met. */
export class Roots {
  readonly list: RootCause[] = [];
  /** The newest of each kind. */
  readonly #last = new Map<string, RootCause>();

  /** Of too many causes, the further ones count as the last one of their kind. */
  add(cause: Cause, ignored = false): RootCause {
    const kind = `${cause.kind} ${ignored} ${cause.what}`;
    const full = this.list.length >= MAX_ROOTS;
    const known = full ? (this.#last.get(kind) ?? this.list.at(-1)) : undefined;
    if (known !== undefined) return known;
    const root = { id: this.list.length, ignored, cause };
    this.list.push(root);
    this.#last.set(kind, root);
    return root;
  }
}
