/** One link of the chain: which step made the value in a place, and of what. Copies are followed. */
import type { Instruction } from '../../trace/read/instructions.js';
import { damaged } from '../../trace/read/sqlite-errors.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import { lastMemoryWrite } from '../last-writes.js';
import type { PhysicalMemory } from '../physical-memory.js';
import { State } from '../state.js';
import type { Stores } from '../stores.js';
import type { Place } from './location.js';
import { matchFlows } from './match.js';
import { Execution } from './operand-place.js';
import { outsideSource } from './outside.js';
import { movedFrom, sourcesOf, type Source } from './sources.js';
import { valueOf } from './value.js';
import { Writers } from './writer.js';

/**
 * What a value goes back to: `computed` from others by a step; a `constant` of an instruction; an
 * `input` from outside; the `initial` state; `delivery` of an exception or interrupt; the `cpu` itself
 * (bits of page tables, what the decoder cannot attribute).
 */
export type Origin = 'computed' | 'constant' | 'input' | 'initial' | 'delivery' | 'cpu';

/** A step that moved the value as it is. */
export interface Copy {
  readonly step: number;
  /** Where it moved it from. */
  readonly from: Place;
}

/** One step back from a value: where it was made, and of what. */
export interface Link {
  readonly origin: Origin;
  /** Where the value was made: the place that was asked for, if nothing moved it. */
  readonly made: Source;
  /** Undefined for initial values. */
  readonly step: number | undefined;
  readonly instruction: Instruction | undefined;
  /** For people: `port 0x3f8`, `fault 14`. */
  readonly detail: string | undefined;
  /** The newest first. */
  readonly copies: readonly Copy[];
  /** False where a later step may have stored the same value: not all of them were looked at. */
  readonly complete: boolean;
  /** What the step made it of; parts of the place that the step left alone are among them. */
  readonly sources: readonly Source[];
  /** The address registers of what it read, and of what the copies loaded: a table's index, say. */
  readonly addresses: readonly Source[];
}

/** Steps that are followed for one link; values travel further only in loops. */
const MAX_FOLLOWED = 10_000;
/** rsp in the order of struct kvm_regs. */
const STACK_POINTER = 6;

/** Goes back from a value link by link. */
export class Links {
  readonly #file: TraceFile;
  readonly #memory: PhysicalMemory;
  readonly #writers: Writers;

  constructor(file: TraceFile, memory: PhysicalMemory, stores: Stores) {
    this.#file = file;
    this.#memory = memory;
    this.#writers = new Writers(file, stores);
  }

  of(source: Source): Link {
    const copies: Copy[] = [];
    const loaded: Source[] = [];
    let at = source;
    let complete = true;
    for (let left = MAX_FOLLOWED; ; left--) {
      const writer = this.#writers.last(at.place, at.state);
      complete &&= writer.complete;
      const { step } = writer;
      const link = (origin: Origin, more: Partial<Link> = {}): Link => {
        const made = { ...at };
        return { ...NOTHING, origin, made, copies, complete, addresses: loaded, ...more };
      };
      if (step < 0) return link('initial');
      const execution = this.#execution(step);
      const where = { step, instruction: execution.instruction };
      const delivered = this.#delivery(step);
      if (delivered !== undefined && isStackPointer(at.place)) {
        return link('delivery', { ...where, detail: delivered });
      }
      const match = matchFlows(execution, at.place);
      if (match === undefined) {
        if (writer.implied !== true && left > 0 && !this.#changed(at.place, step)) {
          at = { place: at.place, state: step }; // It could have written the place, but did not.
          continue;
        }
        if (delivered !== undefined) return link('delivery', { ...where, detail: delivered });
        return link(...this.#unexplained(execution, at.place, step, where));
      }
      const sources = sourcesOf(execution, match, step);
      const outside = match.hits
        .map(({ flow }) => outsideSource(this.#file, execution, flow, step))
        .find((each) => each !== undefined);
      if (outside !== undefined) {
        const rest = match.rest.map((place) => ({ place, state: step }));
        return link('input', { ...where, detail: outside, sources: rest });
      }
      if (sources.length === 0) return link('constant', where);
      const next = movedFrom(match, sources);
      if (next === undefined || left === 0 || !this.#sameValue(at, next.source, step)) {
        const addresses = addressesOf(execution, step);
        return link('computed', { ...where, sources, addresses: [...addresses, ...loaded] });
      }
      if (!next.kept) {
        copies.push({ step, from: next.source.place });
        if (next.source.place.kind === 'memory') loaded.push(...addressesOf(execution, step));
      }
      at = next.source;
    }
  }

  /** The decoder names no operand: what the instruction reads, such as WRMSR's rax, or the CPU. */
  #unexplained(
    { dataflow }: Execution,
    place: Place,
    step: number,
    where: Partial<Link>,
  ): [Origin, Partial<Link>] {
    const sources = dataflow.reads
      .filter(({ kind }) => kind === 'register')
      .map((read) => ({ place: read as Place, state: step }));
    const attributable = place.kind === 'register' && sources.length > 0;
    return attributable ? ['computed', { ...where, sources }] : ['cpu', where];
  }

  /** What was delivered after a step: its changes are among those of the step. */
  #delivery(step: number): string | undefined {
    const [delivered] = this.#file.events.interruptions(step + 1, step + 2);
    return delivered === undefined ? undefined : `${delivered.kind} ${delivered.vector}`;
  }

  #changed(place: Place, step: number): boolean {
    if (place.kind === 'memory') {
      return place.pieces.some(
        (piece) => lastMemoryWrite(this.#file, piece, step + 1)?.step === step,
      );
    }
    return this.#value({ place, state: step }) !== this.#value({ place, state: step + 1 });
  }

  /** Whether a copy really left what it copied: control registers and MXCSR have bits of their own. */
  #sameValue({ place }: Source, from: Source, step: number): boolean {
    const after = this.#value({ place, state: step + 1 });
    const before = this.#value(from);
    return after === undefined || before === undefined || after === before;
  }

  #value({ place, state }: Source): bigint | undefined {
    return valueOf(this.#file, this.#memory, place, state);
  }

  #execution(step: number): Execution {
    const before = new State(this.#file, this.#memory, step);
    const after = new State(this.#file, this.#memory, step + 1);
    const { instruction } = before;
    if (instruction === undefined) {
      throw damaged(this.#file.path, `a write of step ${step} has no step`);
    }
    return new Execution(instruction, before, after);
  }
}

function addressesOf({ dataflow }: Execution, step: number): Source[] {
  return dataflow.addressRegisters.map((place) => ({ place, state: step }));
}

function isStackPointer(place: Place): boolean {
  return place.kind === 'register' && place.family === 'general' && place.index === STACK_POINTER;
}

const NOTHING = {
  step: undefined,
  instruction: undefined,
  detail: undefined,
  sources: [],
} as const;
