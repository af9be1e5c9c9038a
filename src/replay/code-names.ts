import { wide } from '../base/halves.js';
import type { Code } from '../stepper/code-cache.js';
import type { Instruction, InstructionReader } from '../trace/read/instructions.js';

const NEVER_RECORDED = -1;

/**
 * The trace's number for an instruction that the replay has met: the same bytes at the same address
 * in the same mode.
 */
export class CodeNames {
  readonly #instructions: InstructionReader;
  readonly #ids: number[] = [];

  constructor(instructions: InstructionReader) {
    this.#instructions = instructions;
  }

  /**
   * The number of `code`, -1 if it was never recorded.
   *
   * @param recorded what the trace says that `step` ran: most likely the same
   */
  of(code: Code, step: number, recorded: number): number {
    const known = this.#ids[code.id];
    return known === recorded ? known : this.#find(code, step, recorded);
  }

  #find(code: Code, step: number, recorded: number): number {
    // By the step first: a trace that was cut short has no index of addresses.
    const instruction = this.#instructions.steps(step, step + 1)[0]?.instruction;
    const isRecorded = instruction?.id === recorded && isSame(instruction, code);
    const id = isRecorded ? recorded : (this.#ids[code.id] ?? this.#atSameRip(code));
    this.#ids[code.id] = id;
    return id;
  }

  #atSameRip(code: Code): number {
    const candidates = this.#instructions.atRip(wide(code.ripLow, code.ripHigh));
    return candidates.find((candidate) => isSame(candidate, code))?.id ?? NEVER_RECORDED;
  }
}

function isSame({ rip, address, mode, bytes }: Instruction, code: Code): boolean {
  return (
    rip === wide(code.ripLow, code.ripHigh) &&
    address === wide(code.linearLow, code.linearHigh) &&
    mode === code.mode &&
    Buffer.compare(bytes, code.bytes) === 0
  );
}
