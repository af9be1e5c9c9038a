/** The calls that are under way at some step, and their steps as they end. */
import type { CallEnd, CallKind } from '../trace/format/derived-schema.js';
import type { DerivedSink } from './sink.js';
import { StackPlaces } from './stack-places.js';

/** No stack pointer is higher: what the trace begins in has no return address that could be popped. */
export const NO_SLOT = Infinity;

/** What is known of a call as it begins. */
export interface FrameStart {
  readonly kind: CallKind;
  /** Linear address of its first instruction. */
  readonly address: bigint;
  readonly firstStep: number;
  /** Where its return address lies: the stack pointer at its first instruction. */
  readonly slot: number;
  /** The address that it returns to. */
  readonly returnTo: bigint;
  /** Function number (see Functions). */
  readonly function: number;
  /** An exception, interrupt or system call, or what took its place: IRET and SYSRET end it. */
  readonly interrupt: boolean;
  /** Entered by a call to the middle of the function that made it. */
  readonly local: boolean;
  /**
   * Its own stack pointers are not above this: mostly `slot`. Another where it runs on another stack
   * than the one that it returns to, and then only as far as is known.
   */
  readonly base: number;
}

/** A call that is under way. */
export interface Frame extends FrameStart {
  readonly id: number;
  readonly parent: number | undefined;
  readonly depth: number;
  base: number;
  /** `base` goes up with the stack pointers that the frame is seen to have. */
  readonly floating: boolean;
  /** The lowest stack pointer that it made a call or was interrupted with. */
  low: number;
  /** Steps of calls that it made and that have ended. */
  calleeSteps: number;
  readonly totals: Totals | undefined;
}

interface Totals {
  calls: number;
  ownSteps: number;
  totalSteps: number;
  /** Frames under way: only the outermost of recursive calls adds to the total. */
  active: number;
}

/** Functions beyond this many are no longer told apart: a bound on memory. */
const MAX_FUNCTIONS = 1_000_000;
/** How many interrupts a return looks through for the one that it ends. */
const MAX_INTERRUPTS = 1024;
/** Frames that arguments, pushed for some call, may reach across. */
const MAX_ARGUMENT_FRAMES = 64;
/** An error code, which handlers pop first, lies below the return frame of some exceptions. */
const ERROR_CODE_BYTES = 8;

/** The calls under way, innermost last; each goes to the sink as it ends. */
export class CallFrames {
  readonly frames: Frame[] = [];
  /** The innermost. */
  top!: Frame;
  readonly #sink: DerivedSink;
  readonly #totals = new Map<bigint, Totals>();
  /** Tagged with the index of the frame; where one returns to another stack, ~index. */
  readonly #places = new StackPlaces();
  /** Indexes of interrupts. */
  readonly #interrupts: number[] = [];
  #nextId = 0;

  constructor(sink: DerivedSink) {
    this.#sink = sink;
  }

  push(start: FrameStart): void {
    const { kind, address, slot, base, interrupt } = start;
    const apart = isApart(slot, base, interrupt);
    const index = this.frames.length;
    const totals = this.#totalsOf(address);
    if (totals !== undefined) {
      if (kind !== 'resume') totals.calls++;
      totals.active++;
    }
    if (apart) this.#places.push(slot, ~index);
    this.#places.push(base, index);
    if (interrupt) this.#interrupts.push(index);
    this.top = {
      id: this.#nextId++,
      parent: index === 0 ? undefined : this.top.id,
      kind,
      address,
      firstStep: start.firstStep,
      depth: index,
      slot,
      returnTo: start.returnTo,
      function: start.function,
      interrupt,
      local: start.local,
      base,
      floating: slot === NO_SLOT || apart,
      low: base === -Infinity ? Infinity : base,
      calleeSteps: 0,
      totals,
    };
    this.frames.push(this.top);
  }

  /** Ends the innermost call; `lastStep` is its last. */
  pop(lastStep: number, ended: CallEnd): void {
    const frame = this.frames.pop()!;
    const { id, parent, kind, address, firstStep, depth, calleeSteps, totals } = frame;
    const total = lastStep - firstStep + 1;
    const own = total - calleeSteps;
    this.#sink.call(id, parent, kind, address, firstStep, lastStep, depth, own, ended);
    this.#places.pop();
    if (frame.floating && frame.slot !== NO_SLOT) this.#places.pop();
    if (frame.interrupt) this.#interrupts.pop();
    if (depth > 0) {
      this.top = this.frames[depth - 1]!;
      this.top.calleeSteps += total;
    }
    if (totals !== undefined) {
      totals.ownSteps += own;
      if (--totals.active === 0) totals.totalSteps += total;
    }
  }

  /** Ends all calls inside of frame `index`. */
  unwindTo(index: number, lastStep: number): void {
    while (this.frames.length > index + 1) this.pop(lastStep, 'unwound');
  }

  /** The innermost frame has this stack pointer. */
  saw(pointer: number): void {
    const { top } = this;
    if (pointer < top.low) top.low = pointer;
    if (!top.floating || pointer <= top.base) return;
    top.base = pointer;
    this.#places.raise(pointer);
  }

  /** Whether a stack pointer is nearest to the innermost frame, below it. */
  isOnTop(pointer: number): boolean {
    return this.#places.find(pointer) === this.top.depth;
  }

  /** The index of the frame that is nearest to a stack pointer, above it, or -1. */
  nearest(pointer: number): number {
    const tag = this.#places.find(pointer) ?? -Infinity;
    if (tag === -Infinity) return -1;
    return tag < 0 ? ~tag : tag;
  }

  /** The index of the frame of a function that a stack pointer is in, or -1. */
  holding(pointer: number, owner: number): number {
    // Not always the nearest: what a function pushed for an earlier call (setjmp) may lie below the
    // return addresses of a later one.
    const nearest = this.nearest(pointer);
    for (let i = nearest; i >= 0 && i > nearest - MAX_ARGUMENT_FRAMES; i--) {
      const frame = this.frames[i]!;
      if (frame.function === owner && frame.low <= pointer && pointer <= frame.base) return i;
    }
    return -1;
  }

  /** The index of the frame whose return address lies at a place, or -1. */
  returningAt(slot: number): number {
    const index = this.nearest(slot);
    return this.frames[index]?.slot === slot ? index : -1;
  }

  /** The index of the interrupt whose frame is popped at a place, or -1. */
  interruptAt(pointer: number): number {
    const index = this.nearest(pointer);
    const frame = this.frames[index];
    if (frame?.interrupt !== true) return -1;
    return pointer >= frame.slot && pointer - frame.slot <= ERROR_CODE_BYTES ? index : -1;
  }

  /** The index of the innermost interrupt that goes back to an address, or -1. */
  interruptOf(address: bigint): number {
    const interrupts = this.#interrupts;
    const stop = Math.max(0, interrupts.length - MAX_INTERRUPTS);
    for (let i = interrupts.length - 1; i >= stop; i--) {
      if (this.frames[interrupts[i]!]!.returnTo === address) return interrupts[i]!;
    }
    return -1;
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

/** Its return address is on another stack, or at least not known to be on its own. */
function isApart(slot: number, base: number, interrupt: boolean): boolean {
  if (slot === NO_SLOT || slot === base) return false;
  return !interrupt || base < slot || base > slot + ERROR_CODE_BYTES;
}
