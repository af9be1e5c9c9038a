/** Which of the differences there are a step reads. */
import type { Instruction } from '../../trace/reader/instructions.js';
import type { RegisterFile } from '../exact/register-file.js';
import type { Side } from '../side.js';
import { linearAddress, Translator } from './address.js';
import type { Differing } from './differing.js';
import type { ReadBoth } from './differing-memory.js';
import { moreTelling, type Hop } from './hops.js';
import { usesOf, type Uses } from './uses.js';

/** Of struct kvm_regs: rax rbx rcx rdx rsi rdi rsp … */
const RCX = 2;
const RSP = 6;
/** A REP that reads more is taken to read this much: only the blame depends on it. */
const MAX_REPEATED_BYTES = 64 * 1024;
const ALL_FLAGS = -1;

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

export class Sources {
  readonly #side: Side;
  readonly #uses: (Uses | undefined)[] = [];
  readonly #translator: Translator;

  constructor(side: Side) {
    this.#side = side;
    this.#translator = new Translator(side);
  }

  uses(id: number): Uses {
    return (this.#uses[id] ??= usesOf(this.#side.file.code.get(id)));
  }

  /** The most telling of the differences that the step reads. */
  of(at: StepSources, differing: Differing): Hop | undefined {
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
    const instruction = this.#side.file.code.get(at.id);
    best = moreTelling(best, this.#code(instruction, at, differing));
    return moreTelling(best, this.#operands(uses, instruction, at, differing));
  }

  #code(
    { address, bytes }: Instruction,
    { step, read }: StepSources,
    { memory }: Differing,
  ): Hop | undefined {
    const gpa = this.#translator.gpa(address, step);
    return gpa === undefined ? undefined : memory.in(gpa, bytes.length, read);
  }

  #operands(
    uses: Uses,
    { mode }: Instruction,
    { step, registers, read }: StepSources,
    { memory }: Differing,
  ): Hop | undefined {
    let best: Hop | undefined;
    for (const operand of uses.reads) {
      const linear = linearAddress(operand, registers, mode);
      const gpa = this.#translator.gpa(linear, step);
      if (gpa === undefined) continue;
      const size = Math.max(1, operand.size);
      const length = uses.repeats
        ? Math.min(Number(registers.value(RCX)) * size, MAX_REPEATED_BYTES)
        : size;
      best = moreTelling(best, memory.in(gpa, length, read));
    }
    return best;
  }
}
