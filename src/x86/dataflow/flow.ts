/** What flows from an operand of an instruction to another. */
import type { MemoryOperand } from '../operand.js';
import type { RegisterPart } from '../register-part.js';

/** What an instruction reads or writes: bytes of a register or of memory, or flags of rflags. */
export type Operand = RegisterPart | MemoryPart | { readonly kind: 'flags'; readonly bits: number };

/** `size` bytes of a memory operand, from its byte `start` on. */
export interface MemoryPart {
  readonly kind: 'memory';
  readonly memory: MemoryOperand;
  readonly start: number;
  readonly size: number;
}

/**
 * `copy`: byte i of the target is byte i of the only source; bytes beyond its size are zero. `kept`:
 * the same, of the target itself, so that it is as it was. `computed`: somehow of all the sources.
 */
export type FlowKind = 'copy' | 'kept' | 'computed';

/** How one operand gets its value. */
export interface Flow {
  readonly kind: FlowKind;
  readonly target: Operand;
  /** Empty where the value is a constant or comes from outside. */
  readonly sources: readonly Operand[];
  /** It is so only if this holds; undefined: always. */
  readonly when: FlagTest | undefined;
}

/** A condition on the flags that a step finds, or on those that it leaves. */
export interface FlagTest {
  readonly at: 'before' | 'after';
  readonly holds: (rflags: number) => boolean;
}
