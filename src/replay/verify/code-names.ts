import type { Code } from '../../stepper/code-cache.js';
import { wide } from '../../stepper/machine-words.js';
import type { InstructionReader } from '../../trace/reader/instructions.js';

/**
 * The trace's number for an instruction that the replay has met: the same bytes at the same address
 * in the same mode, or -1 for one that was never recorded.
 */
export class CodeNames {
  readonly #instructions: InstructionReader;
  readonly #ids: number[] = [];

  constructor(instructions: InstructionReader) {
    this.#instructions = instructions;
  }

  /** Called once for each distinct instruction of the replay. */
  define(code: Code): void {
    const address = wide(code.linearLow, code.linearHigh);
    const found = this.#instructions
      .atRip(wide(code.ripLow, code.ripHigh))
      .find(
        (candidate) =>
          candidate.address === address &&
          candidate.mode === code.mode &&
          Buffer.compare(candidate.bytes, code.bytes) === 0,
      );
    this.#ids[code.id] = found?.id ?? -1;
  }

  of(code: Code): number {
    return this.#ids[code.id] ?? -1;
  }
}
