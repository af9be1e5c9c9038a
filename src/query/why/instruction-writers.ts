/** Which of a trace's instructions write a register or flags, by what they are. */
import type { TraceFile } from '../../trace/read/trace-file.js';
import type { RegisterPart } from '../../x86/register-part.js';
import type { FlagsPlace } from './location.js';
import { overlaps } from './match.js';
import { dataflowOf } from './operand-place.js';

/** Traces of more distinct instructions are not decoded whole: it would take seconds. */
const MAX_INSTRUCTIONS = 200_000;
/** Traces of so few are decoded without a thought. */
const FEW_INSTRUCTIONS = 20_000;

type Target = RegisterPart | FlagsPlace;

/** Finds which of a trace's instructions write a register or flags. */
export class InstructionWriters {
  readonly #file: TraceFile;
  #byRegister: Map<string, { id: number; target: Target }[]> | undefined;
  readonly #ids = new Map<string, readonly number[]>();
  #count: number | undefined;

  constructor(file: TraceFile) {
    this.#file = file;
  }

  /** Whether asking costs little: there are few, or they have been decoded. */
  get atHand(): boolean {
    return this.#byRegister !== undefined || this.#instructionCount <= FEW_INSTRUCTIONS;
  }

  /** Whether there are not too many to ask at all. */
  get known(): boolean {
    return this.#byRegister !== undefined || this.#instructionCount <= MAX_INSTRUCTIONS;
  }

  /** Numbers of the instructions that may write a byte of the place. */
  of(place: Target): readonly number[] {
    const key = place.kind === 'flags' ? `f ${place.bits}` : `${place.name} ${keyOf(place)}`;
    let ids = this.#ids.get(key);
    if (ids === undefined) {
      this.#byRegister ??= this.#decode();
      const all = this.#byRegister.get(keyOf(place)) ?? [];
      ids = [...new Set(all.filter(({ target }) => writes(target, place)).map(({ id }) => id))];
      this.#ids.set(key, ids);
    }
    return ids;
  }

  get #instructionCount(): number {
    this.#count ??= this.#file.instructions.count();
    return this.#count;
  }

  #decode(): Map<string, { id: number; target: Target }[]> {
    const found = new Map<string, { id: number; target: Target }[]>();
    for (const instruction of this.#file.code.all().values()) {
      for (const { target } of dataflowOf(instruction).flows) {
        if (target.kind === 'memory') continue;
        const key = keyOf(target);
        const list = found.get(key);
        const entry = { id: instruction.id, target };
        if (list === undefined) found.set(key, [entry]);
        else list.push(entry);
      }
    }
    return found;
  }
}

function keyOf(place: Target): string {
  return place.kind === 'flags' ? 'flags' : `${place.family} ${place.index} ${place.whole}`;
}

/** Whether what writes `target` writes a byte or bit of the place. */
export function writes(target: { readonly kind: string }, place: Target): boolean {
  if (place.kind === 'flags') {
    return target.kind === 'flags' && ((target as FlagsPlace).bits & place.bits) !== 0;
  }
  return target.kind === 'register' && overlaps(target as RegisterPart, place);
}
