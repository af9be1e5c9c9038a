/** The step that put the value into a register or flags. */
import { REGISTER_RFLAGS } from '../../trace/format/registers.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import type { RegisterPart } from '../../x86/register-part.js';
import { InstructionWriters, writes } from './instruction-writers.js';
import { bitsOf, registerIds, type FlagsPlace } from './location.js';
import { dataflowOf } from './operand-place.js';

/**
 * The trace tells of changes, so what wrote the value that was there already has to be decoded: of the
 * last so many steps one by one, before them by asking when each instruction ran that writes it.
 */
const NEAR_STEPS = 64;
const FAR_STEPS = 2048;
const BATCH = 128;
/** Steps looked through where a recording was cut short of its index of instructions. */
const SCANNED_STEPS = 1 << 22;

/** Which step wrote a place, as far as it could be found out. */
export interface Writer {
  /** -1: the place is as it was at state 0. */
  readonly step: number;
  /** By no operand of its instruction, though it may have changed nothing. */
  readonly implied?: boolean;
  /** False where a later step may have written the same value: not all of them were looked at. */
  readonly complete: boolean;
}

/** Finds the steps that wrote registers and flags. */
export class RegisterWriters {
  readonly #file: TraceFile;
  readonly #instructions: InstructionWriters;

  constructor(file: TraceFile) {
    this.#file = file;
    this.#instructions = new InstructionWriters(file);
  }

  /** The newest step before state `state` that wrote a byte of the place. */
  last(place: RegisterPart | FlagsPlace, state: number): Writer {
    const changed =
      place.kind === 'flags' ? this.#flagsChange(place, state) : this.#registerChange(place, state);
    const near = this.#decoded(place, Math.max(changed + 1, state - NEAR_STEPS), state);
    if (near !== undefined) return { step: near, complete: true };
    return this.#earlier(place, changed, state - NEAR_STEPS);
  }

  #earlier(place: RegisterPart | FlagsPlace, changed: number, state: number): Writer {
    const from = changed + 1;
    if (state <= from) return { step: changed, complete: true };
    if (!this.#instructions.atHand) {
      const found = this.#decoded(place, Math.max(from, state - FAR_STEPS), state);
      if (found !== undefined) return { step: found, complete: true };
      if (state - FAR_STEPS <= from) return { step: changed, complete: true };
      if (!this.#instructions.known) return { step: changed, complete: false };
    }
    const ids = this.#instructions.of(place);
    const { instructions } = this.#file;
    if (instructions.hasExecutionIndex) {
      const step = instructions.lastExecution(ids, from, state) ?? changed;
      return { step, complete: true };
    }
    const start = Math.max(from, state - SCANNED_STEPS);
    const found = instructions.lastExecutionScanned(ids, start, state);
    return { step: found ?? changed, complete: found !== undefined || start === from };
  }

  /** The newest step from `from` up to, not including, `to` whose instruction writes the place. */
  #decoded(place: RegisterPart | FlagsPlace, from: number, to: number): number | undefined {
    const start = Math.max(from, 0);
    for (let end = to; end > start; end -= BATCH) {
      const steps = this.#file.instructions.steps(Math.max(start, end - BATCH), end);
      const found = steps.findLast(({ instruction }) =>
        dataflowOf(instruction).flows.some(({ target }) => writes(target, place)),
      );
      if (found !== undefined) return found.step;
    }
    return undefined;
  }

  /** The newest change of one of the bytes; -1: they are as they were at state 0. */
  #registerChange(part: RegisterPart, state: number): number {
    let newest = -1;
    for (const { id, offset } of registerIds(this.#file, part)) {
      const change = this.#file.registers.lastChange(id, bitsOf(part, offset), state);
      newest = Math.max(newest, change);
    }
    return newest;
  }

  #flagsChange({ bits }: FlagsPlace, state: number): number {
    return this.#file.registers.lastChange(REGISTER_RFLAGS, BigInt(bits), state);
  }
}
