/** Where the two machines differ at the moment, and the way on which each difference came. */
import { DifferingMemory } from './differing-memory.js';
import { moreTelling, type TaintEdge } from './taint-edges.js';

const ALL_FLAGS = -1;

/** The registers, flags and bytes that differ. */
export class Differing {
  /** By register id, rflags left out. */
  readonly registers = new Map<number, TaintEdge>();
  /** By bit of rflags. */
  readonly flags = new Map<number, TaintEdge>();
  readonly memory = new DifferingMemory();

  get empty(): boolean {
    return (
      this.registers.size === 0 &&
      this.flags.size === 0 &&
      this.memory.size === 0 &&
      this.memory.beyond === undefined
    );
  }

  /** The most telling way of the flags in `mask`. */
  flagsIn(mask: number): TaintEdge | undefined {
    let best: TaintEdge | undefined;
    if (this.flags.size === 0) return best;
    for (const [bit, edge] of this.flags) {
      if (mask === ALL_FLAGS || (mask & (1 << bit)) !== 0) best = moreTelling(best, edge);
    }
    return best;
  }
}
