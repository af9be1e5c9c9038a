/** What one step did, taken from the words of a step stream (see trace/read/stream/step-stream.ts). */
import { TWO_32 } from '../../base/halves.js';
import type { Interruption } from '../../trace/format/event-sink.js';
import { STEP_HEAD_WORDS } from '../../trace/read/stream/step-stream.js';
import { readRare, type FedAccess } from '../../trace/read/stream/step-feed-rare.js';

/** The words of one step. */
export type StepWords = Int32Array;

/** A write of up to eight bytes, its value as two words. */
export interface MemoryRow {
  readonly gpa: number;
  readonly size: number;
  readonly low: number;
  readonly high: number;
}

/** A port or MMIO access. */
export interface Access extends FedAccess {
  readonly kind: 'port' | 'mmio';
}

/** A value that came from outside without a port: RDTSC and its like. */
export interface Input {
  readonly kind: string;
  readonly value: bigint;
}

/** What a step did, decoded. */
export interface Effects {
  readonly instruction: number;
  /** id, low, high by turns. */
  readonly registers: Int32Array;
  readonly memory: readonly MemoryRow[];
  readonly accesses: readonly Access[];
  readonly interruptions: readonly Interruption[];
  readonly inputs: readonly Input[];
}

/** The instruction id of a step, in its own trace. */
export function instructionOf(words: StepWords): number {
  return words[1]!;
}

/** id, low, high of each register that changed, by id. */
export function registersOf(words: StepWords): Int32Array {
  return words.subarray(STEP_HEAD_WORDS, STEP_HEAD_WORDS + 3 * words[2]!);
}

/** By gpa and size. */
export function memoryRowsOf(words: StepWords): MemoryRow[] {
  const rows: MemoryRow[] = [];
  let at = STEP_HEAD_WORDS + 3 * words[2]!;
  for (let row = 0; row < words[3]!; row++, at += 5) {
    const gpa = words[at + 1]! * TWO_32 + (words[at]! >>> 0);
    rows.push({ gpa, size: words[at + 2]!, low: words[at + 3]!, high: words[at + 4]! });
  }
  return rows;
}

/** Whether it exchanged anything with the outside. */
export function hasRare(words: StepWords): boolean {
  return words.length > STEP_HEAD_WORDS + 3 * words[2]! + 5 * words[3]!;
}

const NONE: readonly never[] = [];

/** Decodes all that a step did. */
export function decodeEffects(words: StepWords): Effects {
  const registers = registersOf(words);
  const memory = memoryRowsOf(words);
  const instruction = instructionOf(words);
  if (!hasRare(words)) {
    return { instruction, registers, memory, accesses: NONE, interruptions: NONE, inputs: NONE };
  }
  const rareAt = STEP_HEAD_WORDS + registers.length + 5 * memory.length;
  const rare = readRare(words, rareAt);
  const kind = (access: FedAccess, of: 'port' | 'mmio'): Access => ({ ...access, kind: of });
  return {
    ...{ instruction, registers, memory, interruptions: rare.interruptions },
    accesses: [
      ...rare.ports.map((access) => kind(access, 'port')),
      ...rare.mmio.map((access) => kind(access, 'mmio')),
    ],
    inputs: rare.inputs.map(({ kind = 'other', value }) => ({ kind, value })),
  };
}
