/**
 * The calls under way while a trace is followed by its instructions alone: a return ends the call
 * that goes back to where it lands. Works without the stack pointer, and so without reading registers.
 */
import { Control, type CodeModel } from './model.js';

/** How far up a return looks for its call. */
const SEARCH = 1024;
const MAX_DEPTH = 1_000_000;

/** Told of calls as they begin and end. */
export interface CallListener {
  enter(callee: number, caller: number, step: number): void;
  leave(callee: number, firstStep: number, step: number): void;
}

/** Follows calls and returns, and tells a listener of them. */
export class CallTracker {
  readonly #model: CodeModel;
  readonly #listener: CallListener | undefined;
  readonly #functions: number[] = [];
  readonly #returns: number[] = [];
  readonly #starts: number[] = [];
  readonly #interrupts: boolean[] = [];
  #previous = -1;

  constructor(model: CodeModel, listener?: CallListener) {
    this.#model = model;
    this.#listener = listener;
  }

  get depth(): number {
    return this.#functions.length;
  }

  /** The function of the innermost call. */
  get function(): number {
    return this.#functions.at(-1) ?? -1;
  }

  /** The first step of the innermost call. */
  get start(): number {
    return this.#starts.at(-1) ?? -1;
  }

  /**
   * Before step `step` runs instruction `id`.
   *
   * @param interrupted address number of where an exception or interrupt returns to, or -1
   */
  arrive(id: number, step: number, interrupted: number): void {
    const model = this.#model;
    const previous = this.#previous;
    this.#previous = id;
    const callee = model.functionOf[id]!;
    if (previous < 0) {
      this.#push(callee, -1, step, false);
      return;
    }
    const control = model.control[previous]!;
    if (interrupted >= 0) {
      if (control === Control.call)
        this.#push(model.functionOf[previous]!, model.behind[previous]!, step, false);
      this.#push(callee, interrupted, step, true);
      return;
    }
    switch (control) {
      case Control.none:
        return;
      case Control.call:
        this.#push(callee, model.behind[previous]!, step, false);
        return;
      case Control.systemCall:
        this.#push(callee, model.behind[previous]!, step, true);
        return;
      case Control.return:
        if (!this.#returnTo(model.place[id]!, step)) this.#tail(id, callee, step);
        return;
      case Control.interruptReturn:
      case Control.systemReturn:
        this.#endInterrupt(model.place[id]!, step);
        return;
      default:
        this.#tail(id, callee, step);
    }
  }

  /** In place of `arrive` where the previous instruction has no control and nothing was delivered. */
  follow(id: number): void {
    this.#previous = id;
  }

  finish(step: number): void {
    while (this.#functions.length > 0) this.#pop(step);
  }

  #push(callee: number, returnTo: number, step: number, interrupt: boolean): void {
    if (this.#functions.length >= MAX_DEPTH) return;
    this.#listener?.enter(callee, this.function, step);
    this.#functions.push(callee);
    this.#returns.push(returnTo);
    this.#starts.push(step);
    this.#interrupts.push(interrupt);
  }

  #pop(step: number): void {
    const callee = this.#functions.pop()!;
    this.#returns.pop();
    this.#interrupts.pop();
    this.#listener?.leave(callee, this.#starts.pop()!, step);
  }

  #returnTo(place: number, step: number): boolean {
    const last = this.#returns.length - 1;
    for (let i = last; i > 0 && i > last - SEARCH; i--) {
      if (this.#returns[i] !== place) continue;
      while (this.#returns.length > i) this.#pop(step);
      return true;
    }
    return false;
  }

  /** A jump to where another function begins takes the place of the call that makes it. */
  #tail(id: number, callee: number, step: number): void {
    if (this.#model.entry[id] === 0 || callee === this.function) return;
    const last = this.#returns.length - 1;
    const returnTo = this.#returns[last]!;
    const interrupt = this.#interrupts[last]!;
    if (last > 0) this.#pop(step);
    this.#push(callee, returnTo, step, interrupt);
  }

  #endInterrupt(place: number, step: number): void {
    if (this.#returnTo(place, step)) return;
    const index = this.#interrupts.lastIndexOf(true);
    if (index <= 0) return;
    while (this.#interrupts.length > index) this.#pop(step);
  }
}
