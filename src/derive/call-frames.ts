/** The calls that are under way at some step, and their steps as they end. */
import type { CallEnd, CallKind, DerivedSink } from './sink.js';

/** No stack pointer is higher: the first frame has no return address that could be popped. */
export const NO_SLOT = 2n ** 64n;

export interface Frame {
  readonly id: number;
  readonly parent: number | undefined;
  readonly kind: CallKind;
  /** Linear address of its first instruction. */
  readonly address: bigint;
  readonly firstStep: number;
  readonly depth: number;
  /** Where its return address lies: rsp at its first instruction. Inner frames have lower ones. */
  readonly slot: bigint;
  /** The address that it returns to. */
  readonly returnTo: bigint;
  /** Function index (see Functions). */
  readonly function: number;
  /** Steps of calls that it made and that have ended. */
  calleeSteps: number;
}

export type FrameStart = Pick<
  Frame,
  'kind' | 'address' | 'firstStep' | 'slot' | 'returnTo' | 'function'
>;

interface Totals {
  calls: number;
  ownSteps: number;
  totalSteps: number;
  /** Frames under way: only the outermost of recursive calls adds to the total. */
  active: number;
}

/** Functions beyond this many are no longer told apart: a bound on memory. */
const MAX_FUNCTIONS = 1_000_000;

export class CallFrames {
  readonly frames: Frame[] = [];
  readonly #sink: DerivedSink;
  readonly #totals = new Map<bigint, Totals>();
  #nextId = 0;

  constructor(sink: DerivedSink) {
    this.#sink = sink;
  }

  get top(): Frame {
    return this.frames.at(-1)!;
  }

  push({ kind, address, firstStep, slot, returnTo, function: index }: FrameStart): void {
    this.frames.push({
      id: this.#nextId++,
      parent: this.frames.at(-1)?.id,
      kind,
      address,
      firstStep,
      depth: this.frames.length,
      slot,
      returnTo,
      function: index,
      calleeSteps: 0,
    });
    const totals = this.#totalsOf(address);
    if (totals === undefined) return;
    totals.calls++;
    totals.active++;
  }

  /** Ends the innermost call; `lastStep` is its last. */
  pop(lastStep: number, ended: CallEnd): Frame {
    const frame = this.frames.pop()!;
    const { id, parent, kind, address, firstStep, depth, calleeSteps } = frame;
    const total = lastStep - firstStep + 1;
    const own = total - calleeSteps;
    this.#sink.call(id, parent, kind, address, firstStep, lastStep, depth, own, ended);
    const caller = this.frames.at(-1);
    if (caller !== undefined) caller.calleeSteps += total;
    const totals = this.#totalsOf(address);
    if (totals !== undefined) {
      totals.ownSteps += own;
      if (--totals.active === 0) totals.totalSteps += total;
    }
    return frame;
  }

  /** Ends all calls inside of frame `index`. */
  unwindTo(index: number, lastStep: number): void {
    while (this.frames.length > index + 1) this.pop(lastStep, 'unwound');
  }

  /** At the end of the trace. */
  finish(lastStep: number): void {
    while (this.frames.length > 0) this.pop(lastStep, 'open');
    for (const [address, { calls, ownSteps, totalSteps }] of this.#totals) {
      this.#sink.functionSteps(address, calls, ownSteps, totalSteps);
    }
  }

  #totalsOf(address: bigint): Totals | undefined {
    let totals = this.#totals.get(address);
    if (totals === undefined && this.#totals.size < MAX_FUNCTIONS) {
      totals = { calls: 0, ownSteps: 0, totalSteps: 0, active: 0 };
      this.#totals.set(address, totals);
    }
    return totals;
  }
}
