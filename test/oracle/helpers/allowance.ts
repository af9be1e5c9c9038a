/**
 * What need not be equal although it comes from the same instruction: flags that the manual leaves
 * undefined, until another instruction defines them, and results that depend on the machine (TSC,
 * CPUID, random numbers), until they are equal again.
 */
import { GENERAL_REGISTERS } from '../../../src/trace/format/registers.js';
import type { TraceInstruction } from './cursor.js';
import { flagEffect, type FlagEffect } from './flags.js';

const RCX = GENERAL_REGISTERS.indexOf('rcx');

/** What the trace is compared with: any implementation of the manual, or the CPU that KVM runs on. */
export type Against = 'manual' | 'cpu';

export class Allowance {
  /** Bits of rflags that may differ. */
  flags = 0;
  /** A bit for each general register that may differ. */
  registers = 0;
  readonly #against: Against;
  readonly #effects = new Map<TraceInstruction, FlagEffect>();

  constructor(against: Against) {
    this.#against = against;
  }

  /**
   * An instruction has run.
   *
   * @param words general registers before it, low and high word by turns
   * @param changed a bit for each register that it changed, if its result is an input
   * @returns whether it is a string instruction that repeats
   */
  retire(instruction: TraceInstruction, words: Uint32Array, changed: number): boolean {
    this.registers |= changed;
    let effect = this.#effects.get(instruction);
    if (effect === undefined) {
      effect = flagEffect(instruction);
      this.#effects.set(instruction, effect);
    }
    const counter = words[2 * RCX]!;
    if (effect.countMask !== 0 && (counter & effect.countMask) === 0) return false;
    const undefinedFlags = this.#against === 'cpu' ? effect.emulated : effect.undefined;
    if (effect.repeats) this.flags |= undefinedFlags;
    else this.flags = (this.flags & ~effect.defined) | undefinedFlags;
    return effect.repeats;
  }
}
