/**
 * Where the two machines differ at the moment, and where each of these differences comes from: a
 * chain of steps back to a root, the thing that first made them differ.
 */

/** What first made the executions differ. */
export interface Root {
  readonly id: number;
  /** A rule says that it, and what follows from it, is not to be reported. */
  readonly ignored: boolean;
  readonly cause: Cause;
}

export type CauseKind =
  | 'input'
  | 'interrupt'
  | 'initial-memory'
  | 'initial-register'
  | 'code'
  | 'undefined-flags'
  | 'ignored-register'
  | 'ignored-memory'
  | 'end'
  | 'unexplained';

export interface Cause {
  readonly kind: CauseKind;
  /** The step in either trace; state 0 for what was there before any step. */
  readonly stepA: number;
  readonly stepB: number;
  /** `port 0x3f8`, `tsc`, `[0x101000]`: what differed. */
  readonly what: string;
  /** Its value on either side. */
  readonly a: string;
  readonly b: string;
}

/** A step that carried a difference on. */
export interface Hop {
  readonly root: Root;
  readonly stepA: number;
  readonly stepB: number;
  /** Where the difference came from; undefined at the root itself. */
  readonly from: Hop | undefined;
}

export class Differing {
  /** By register id, rflags left out. */
  readonly registers = new Map<number, Hop>();
  /** By bit of rflags. */
  readonly flags = new Map<number, Hop>();
  /** By gpa, a byte each. */
  readonly memory = new Map<number, Hop>();

  get empty(): boolean {
    return this.registers.size === 0 && this.flags.size === 0 && this.memory.size === 0;
  }

  clear(): void {
    this.registers.clear();
    this.flags.clear();
    this.memory.clear();
  }

  /** The hops of the flags in `mask`. */
  flagsIn(mask: number): Hop[] {
    const hops: Hop[] = [];
    for (const [bit, hop] of this.flags) if ((mask & (1 << bit)) !== 0) hops.push(hop);
    return hops;
  }

  memoryIn(gpa: number, length: number): Hop[] {
    const hops: Hop[] = [];
    for (let i = 0; i < length; i++) {
      const hop = this.memory.get(gpa + i);
      if (hop !== undefined) hops.push(hop);
    }
    return hops;
  }
}

/** The one to blame: the earliest root that is not ignored, else an ignored one. */
export function mostTelling(hops: readonly Hop[]): Hop | undefined {
  let best: Hop | undefined;
  for (const hop of hops) {
    if (best === undefined || rank(hop) < rank(best)) best = hop;
  }
  return best;
}

function rank({ root }: Hop): number {
  return root.ignored ? root.id + 0x4000_0000 : root.id;
}

/** The steps from the root to `hop`, oldest first. */
export function pathTo(hop: Hop): Hop[] {
  const path: Hop[] = [];
  for (let at: Hop | undefined = hop; at !== undefined; at = at.from) path.push(at);
  return path.reverse();
}
