/** Which of the differences there are a step reads. */
import type { Instruction } from '../../trace/reader/instructions.js';
import type { RegisterFile } from '../exact/cursor.js';
import type { Side } from '../side.js';
import { linearAddress, Translator } from './address.js';
import type { Differing, Hop } from './differing.js';
import { usesOf, type Uses } from './uses.js';

/** Of struct kvm_regs: rax rbx rcx rdx rsi rdi rsp … */
const RCX = 2;
const RSP = 6;
/** A REP that reads more is taken to read this much: only the blame depends on it. */
const MAX_REPEATED_BYTES = 64 * 1024;

export class Sources {
  readonly #side: Side;
  readonly #uses = new Map<number, Uses>();
  readonly #translator: Translator;

  constructor(side: Side) {
    this.#side = side;
    this.#translator = new Translator(side);
  }

  uses(id: number): Uses {
    let uses = this.#uses.get(id);
    if (uses === undefined) this.#uses.set(id, (uses = usesOf(this.#side.file.code.get(id))));
    return uses;
  }

  /**
   * The origins of what the instruction reads and differs.
   *
   * @param registers as they are before the step
   * @param delivers an exception or interrupt is delivered after it, which stores flags and more
   */
  of(
    id: number,
    step: number,
    registers: RegisterFile,
    differing: Differing,
    delivers: boolean,
  ): Hop[] {
    if (differing.empty) return [];
    const instruction = this.#side.file.code.get(id);
    const uses = this.uses(id);
    const hops: Hop[] = [];
    const read = delivers ? [...uses.registers, RSP] : uses.registers;
    for (const register of read) {
      const hop = differing.registers.get(register);
      if (hop !== undefined) hops.push(hop);
    }
    hops.push(...differing.flagsIn(delivers ? -1 : uses.flagsRead));
    if (differing.memory.size > 0) {
      hops.push(...this.#code(instruction, step, differing));
      hops.push(...this.#operands(uses, instruction, step, registers, differing));
    }
    return hops;
  }

  #code({ address, bytes }: Instruction, step: number, differing: Differing): Hop[] {
    const gpa = this.#translator.gpa(address, step);
    return gpa === undefined ? [] : differing.memoryIn(gpa, bytes.length);
  }

  #operands(
    uses: Uses,
    { mode }: Instruction,
    step: number,
    registers: RegisterFile,
    differing: Differing,
  ): Hop[] {
    return uses.reads.flatMap((operand) => {
      const linear = linearAddress(operand, registers, mode);
      const gpa = this.#translator.gpa(linear, step);
      if (gpa === undefined) return [];
      const size = Math.max(1, operand.size);
      if (!uses.repeats) return differing.memoryIn(gpa, size);
      const length = Math.min(Number(registers.value(RCX)) * size, MAX_REPEATED_BYTES);
      return differing.memoryIn(gpa, length);
    });
  }
}
