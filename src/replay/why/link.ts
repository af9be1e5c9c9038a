/** One link of the chain: which step made the value in a place, and of what. Copies are followed. */
import type { Instruction } from '../../trace/reader/instructions.js';
import { damaged } from '../../trace/reader/sqlite-errors.js';
import type { TraceFile } from '../../trace/reader/trace-file.js';
import type { Flow } from '../../x86/dataflow.js';
import type { PhysicalMemory } from '../physical-memory.js';
import { State } from '../state.js';
import { matchFlow, type Match } from './match.js';
import { partOf, type Place } from './location.js';
import { Execution } from './operand-place.js';
import { outsideSource } from './outside.js';
import { writerOf } from './writer.js';

/**
 * What a value goes back to: `computed` from others by a step; a `constant` of an instruction; an
 * `input` from outside; the `initial` state; `delivery` of an exception or interrupt; the `cpu` itself
 * (bits of page tables, what the decoder cannot attribute).
 */
export type Origin = 'computed' | 'constant' | 'input' | 'initial' | 'delivery' | 'cpu';

export interface Source {
  readonly place: Place;
  /** The state that it was read at. */
  readonly state: number;
}

export interface Link {
  readonly origin: Origin;
  /** Undefined for initial values. */
  readonly step: number | undefined;
  readonly instruction: Instruction | undefined;
  /** For people: `port 0x3f8`, `#PF`. */
  readonly detail: string | undefined;
  /** Steps that only moved the value, the newest first. */
  readonly copies: readonly number[];
  /** What the step read: empty unless `computed`. */
  readonly sources: readonly Source[];
  /** With the address registers of what it read, where asked for. */
  readonly addresses: readonly Source[];
}

/** Copies followed in one link; values travel further only in loops. */
const MAX_COPIES = 10_000;

export class Links {
  readonly #file: TraceFile;
  readonly #memory: PhysicalMemory;

  constructor(file: TraceFile, memory: PhysicalMemory) {
    this.#file = file;
    this.#memory = memory;
  }

  of(source: Source): Link {
    const copies: number[] = [];
    let { place, state } = source;
    for (;;) {
      const step = writerOf(this.#file, place, state);
      if (step < 0) return end('initial', copies);
      const execution = this.#execution(step);
      const { instruction } = execution;
      const link = (origin: Origin, more: Partial<Link> = {}): Link => ({
        ...end(origin, copies),
        step,
        instruction,
        ...more,
      });
      const match = matchFlow(execution, place);
      if (match === undefined) return this.#byCpu(step, link);
      const outside = outsideSource(this.#file, execution, match.flow, step);
      if (outside !== undefined) return link('input', { detail: outside });
      const sources = this.#sources(execution, match, step);
      if (sources.length === 0) return link('constant');
      const [only] = sources;
      const moves = match.flow.copy && match.rest.length === 0 && sources.length === 1;
      if (!moves || copies.length === MAX_COPIES) {
        const addresses = execution.flow.addressRegisters.map((part) => ({
          place: part,
          state: step,
        }));
        return link('computed', { sources, addresses });
      }
      copies.push(step);
      ({ place, state } = only!);
    }
  }

  /** What the matched bytes were made of, and the bytes of the place that were not written. */
  #sources(execution: Execution, { flow, offset, size, rest }: Match, step: number): Source[] {
    const places = flow.sources.flatMap((operand) => {
      if (!flow.copy) return execution.places(operand, 0, execution.sizeOf(operand));
      return copiedPlaces(execution, flow, offset, size);
    });
    return [...places, ...rest].map((place) => ({ place, state: step }));
  }

  #byCpu(step: number, link: (origin: Origin, more?: Partial<Link>) => Link): Link {
    const [delivered] = this.#file.events.interruptions(step + 1, step + 2);
    if (delivered === undefined) return link('cpu');
    return link('delivery', { detail: `${delivered.kind} ${delivered.vector}` });
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

/** The bytes of the source that became bytes `offset` to `offset + size - 1` of the target. */
function copiedPlaces(execution: Execution, flow: Flow, offset: number, size: number): Place[] {
  const [operand] = flow.sources;
  const { target } = flow;
  if (operand === undefined) return [];
  const available = execution.sizeOf(operand);
  let from = offset;
  if (execution.flow.string && target.kind === 'memory' && operand.kind === 'register') {
    from = offset % target.size; // STOS: every element is the accumulator.
  } else if (execution.flow.string && target.kind === 'register') {
    from = offset + Math.max(0, available - (operand.kind === 'memory' ? operand.size : 0)); // LODS: the last one counts.
  }
  const length = Math.min(size, available - from);
  if (length <= 0) return []; // Zero-extended.
  if (operand.kind === 'register') return [partWithin(operand, from, length)];
  return execution.places(operand, from, length);
}

function partWithin(part: Extract<Place, { kind: 'register' }>, from: number, size: number): Place {
  return partOf(part, part.offset + from, size);
}

function end(origin: Origin, copies: readonly number[]): Link {
  return {
    origin,
    step: undefined,
    instruction: undefined,
    detail: undefined,
    copies,
    sources: [],
    addresses: [],
  };
}
