/** Which of the differences there are a step reads. */
import type { RegisterFile } from '../exact/register-file.js';
import type { Side } from '../side.js';
import { readRanges, Translator, type LinearRange } from './address.js';
import type { Differing } from './differing.js';
import type { ReadBoth } from './differing-memory.js';
import { moreTelling, type TaintEdge } from './taint-edges.js';
import { usesOf, type Uses } from './uses.js';

/** Of struct kvm_regs. */
const RSP = 6;
const ALL_FLAGS = -1;

/** A step whose sources are wanted. */
export interface StepSources {
  /** Instruction, by number in a. */
  readonly id: number;
  readonly step: number;
  /** As they are before the step. */
  readonly registers: RegisterFile;
  /** An exception or interrupt is delivered after it, which stores flags and more. */
  readonly delivers: boolean;
  readonly read: ReadBoth;
}

/** Finds the differences that a step reads through its operands. */
export class Sources {
  readonly translator: Translator;
  readonly #side: Side;
  readonly #uses: (Uses | undefined)[] = [];

  constructor(side: Side) {
    this.#side = side;
    this.translator = new Translator(side);
  }

  uses(id: number): Uses {
    return (this.#uses[id] ??= usesOf(this.#side.file.code.get(id)));
  }

  /** The most telling of the differences that the step reads. */
  of(at: StepSources, differing: Differing): TaintEdge | undefined {
    if (differing.empty) return undefined;
    const uses = this.uses(at.id);
    let best = differing.flagsIn(at.delivers ? ALL_FLAGS : uses.flagsRead);
    if (differing.registers.size > 0) {
      for (const register of uses.registers) {
        best = moreTelling(best, differing.registers.get(register));
      }
      if (at.delivers) best = moreTelling(best, differing.registers.get(RSP));
    }
    if (differing.memory.size === 0) return best;
    for (const range of this.ranges(at.id, at.registers)) {
      for (const [gpa, length] of this.translator.pieces(range, at.step)) {
        best = moreTelling(best, differing.memory.in(gpa, length, at.read));
      }
    }
    return best;
  }

  /** The instruction itself, and what it reads of memory. */
  ranges(id: number, registers: RegisterFile): LinearRange[] {
    const { address, bytes, mode } = this.#side.file.code.get(id);
    return [
      { linear: address, length: bytes.length },
      ...readRanges(this.uses(id), registers, mode),
    ];
  }
}
