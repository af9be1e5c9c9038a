import { wide, lowWord, highWord } from '../base/halves.js';
import { classify } from '../x86/classify.js';
import { Effect, FlagsUse, Flow, RunsOn, type InstructionClass } from '../x86/instruction-class.js';
import { MAX_INSTRUCTION_BYTES, type Mode } from '../x86/iced.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import { CS, modeOf, RIP } from '../machine/register-words.js';

/** How the stepping loop treats an instruction. */
export const StepKind = {
  /** Runs on to the next instruction, with a debug exit. */
  next: 0,
  /** A near branch with a displacement, with a debug exit. */
  direct: 1,
  /** Everything that needs a thought before or after. */
  special: 2,
} as const;
export type StepKind = (typeof StepKind)[keyof typeof StepKind];

/** One distinct instruction: these bytes at this address in this mode. */
export interface Code {
  /** Numbered from 0 in order of first execution: `instruction.id` of the trace. */
  readonly id: number;
  readonly kind: StepKind;
  readonly class: InstructionClass;
  readonly bytes: Uint8Array;
  readonly mode: Mode;
  readonly ripLow: number;
  readonly ripHigh: number;
  readonly linearLow: number;
  readonly linearHigh: number;
  /** rip + length. */
  readonly nextLow: number;
  readonly nextHigh: number;
  /** Of a direct branch. */
  readonly targetLow: number;
  readonly targetHigh: number;
  /** The next one in the same bucket. */
  readonly chain: Code | undefined;
}

const BUCKETS = 1 << 16;

/**
 * The instructions seen so far, by address and bytes: code that modifies itself, or is mapped over,
 * is found by comparing the bytes in memory at every step (some ten nanoseconds of some seven
 * thousand).
 */
export class CodeCache {
  readonly #memory: LinearMemory;
  readonly #buckets: (Code | undefined)[] = new Array<Code | undefined>(BUCKETS).fill(undefined);
  readonly #scratch = new Uint8Array(MAX_INSTRUCTION_BYTES);
  readonly #onNew: (code: Code) => void;
  /** By id. */
  readonly #codes: Code[] = [];

  /** @param onNew told of each distinct instruction, before it runs for the first time */
  constructor(memory: LinearMemory, onNew: (code: Code) => void) {
    this.#memory = memory;
    this.#onNew = onNew;
  }

  /** The instruction at cs:rip, or undefined where no memory is mapped there. */
  lookup(words: Int32Array): Code | undefined {
    const ripLow = words[RIP]!;
    const ripHigh = words[RIP + 1]!;
    const mode = modeOf(words);
    // 64-bit code has no segment base; other code wraps at 4 GiB (SDM vol. 3, 3.2.4 and 3.4.4).
    const low = mode === 64 ? ripLow : (ripLow + words[CS]!) | 0;
    const high = mode === 64 ? ripHigh : 0;
    const memory = this.#memory;
    if (!memory.locate(low, high)) return undefined;
    const bytes = memory.bytes;
    const offset = memory.offset;
    const bucket = (low ^ (low >>> 16) ^ (high << 5)) & (BUCKETS - 1);
    for (let code = this.#buckets[bucket]; code !== undefined; code = code.chain) {
      if (
        code.linearLow === low &&
        code.ripLow === ripLow &&
        code.linearHigh === high &&
        code.ripHigh === ripHigh &&
        code.mode === mode &&
        this.#sameBytes(code, bytes, offset)
      ) {
        return code;
      }
    }
    return this.#add(bucket, { ripLow, ripHigh, low, high, mode });
  }

  /** The instruction with an id that there is. */
  code(id: number): Code {
    return this.#codes[id]!;
  }

  #sameBytes(code: Code, bytes: Uint8Array, offset: number): boolean {
    const expected = code.bytes;
    const length = expected.length;
    if ((code.linearLow & 0xfff) + length > 4096) {
      const count = this.#memory.read(code.linearLow, code.linearHigh, length, this.#scratch);
      return count === length && expected.every((byte, i) => byte === this.#scratch[i]);
    }
    for (let i = 0; i < length; i++) {
      if (bytes[offset + i] !== expected[i]) return false;
    }
    return true;
  }

  #add(
    bucket: number,
    at: { ripLow: number; ripHigh: number; low: number; high: number; mode: Mode },
  ): Code {
    const count = this.#memory.read(at.low, at.high, MAX_INSTRUCTION_BYTES, this.#scratch);
    const rip = wide(at.ripLow, at.ripHigh);
    const described = classify(this.#scratch.subarray(0, count), at.mode, rip);
    const length = described.valid ? described.length : Math.max(1, described.length);
    const next = BigInt.asUintN(at.mode === 64 ? 64 : 32, rip + BigInt(length));
    const code: Code = {
      id: this.#codes.length,
      kind: kindOf(described),
      class: described,
      bytes: this.#scratch.slice(0, Math.min(length, count)),
      mode: at.mode,
      ripLow: at.ripLow,
      ripHigh: at.ripHigh,
      linearLow: at.low,
      linearHigh: at.high,
      nextLow: lowWord(next),
      nextHigh: highWord(next),
      targetLow: lowWord(described.target),
      targetHigh: highWord(described.target),
      chain: this.#buckets[bucket],
    };
    this.#buckets[bucket] = code;
    this.#codes.push(code);
    this.#onNew(code);
    return code;
  }
}

function kindOf(described: InstructionClass): StepKind {
  if (
    !described.valid ||
    described.halts ||
    described.takesNoTrap ||
    described.repeats ||
    described.losesTrapFlag ||
    described.runsOn !== RunsOn.never ||
    described.usesIdtr ||
    described.carryRotation !== undefined ||
    (described.effects & Effect.xcr0) !== 0 ||
    described.flags !== FlagsUse.none
  ) {
    return StepKind.special;
  }
  if (described.flow === Flow.next) return StepKind.next;
  return described.flow === Flow.direct ? StepKind.direct : StepKind.special;
}
