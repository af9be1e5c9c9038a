/**
 * Where control has gone that no return or call explains: on in a call under way, or to another
 * function, which then takes the place of the innermost call.
 */
import type { CallFrames, FrameStart } from './call-frames.js';
import { Control } from './code.js';
import { NO_FUNCTION, type Functions } from './functions.js';

/** Where control has just come. One object, filled anew for each step that matters. */
export class Landing {
  step = 0;
  /** Linear address of its instruction. */
  address = 0n;
  /** The function that this is part of, as a symbol says, or NO_FUNCTION. */
  owner = NO_FUNCTION;
  /** The stack pointer. */
  pointer = 0;
}

/** Calls under way; deeper ones count to the last of them. */
export const MAX_DEPTH = 1_000_000;

/** Decides which call goes on where control has gone without a call or a return. */
export class Reconciler {
  readonly #frames: CallFrames;
  readonly #functions: Functions;
  readonly #at: Landing;

  constructor(frames: CallFrames, functions: Functions, at: Landing) {
    this.#frames = frames;
    this.#functions = functions;
    this.#at = at;
  }

  /** Makes the innermost call the one that control is in, after an instruction of this kind. */
  reconcile(control: Control): void {
    const { address, owner: symbol, pointer } = this.#at;
    this.leaveLocal(pointer);
    const { top } = this.#frames;
    if (symbol === top.function && pointer <= top.base) return;
    const functions = this.#functions;
    // Where calls return to is evidence too: of whose code it is without symbols, and in recursive
    // functions that control has come from outside.
    const site = functions.returnedTo(address);
    const owner = symbol === NO_FUNCTION ? site : symbol;
    const isSame = owner === top.function;
    if (isSame && (site === NO_FUNCTION || control === Control.jump)) return;
    const begins = functions.begins(address);
    if (!begins && owner !== NO_FUNCTION && this.#unwind(owner)) return;
    if (isSame) return;
    if (begins) {
      this.#takePlace('tail', address, functions.entered(address, symbol));
    } else if (symbol !== NO_FUNCTION || (site !== NO_FUNCTION && control === Control.return)) {
      this.#takePlace('resume', functions.entry(owner), owner);
    }
  }

  /** Calls within a function, as of retpolines: adding to the stack pointer is enough to leave them. */
  leaveLocal(pointer: number): void {
    const frames = this.#frames;
    while (frames.top.local && pointer > frames.top.base) {
      frames.pop(this.#at.step - 1, 'unwound');
    }
  }

  /** Unwinds to the call that the stack pointer is in, if that is one of function `owner`. */
  #unwind(owner: number): boolean {
    const index = this.#frames.holding(this.#at.pointer, owner);
    if (index >= 0) this.#frames.unwindTo(index, this.#at.step - 1);
    return index >= 0;
  }

  /** A function goes on in place of the innermost call, and returns in its place. */
  #takePlace(kind: FrameStart['kind'], address: bigint, owner: number): void {
    const frames = this.#frames;
    const { step, pointer } = this.#at;
    const { depth, slot, returnTo, interrupt, function: current } = frames.top;
    if (owner === current || depth >= MAX_DEPTH - 1) return;
    const base = frames.isOnTop(pointer) ? frames.top.base : pointer;
    // What the trace began in stays: it has no caller to take the place under.
    if (depth > 0) frames.pop(step - 1, 'tail');
    frames.push({
      kind,
      address,
      firstStep: step,
      slot,
      base,
      returnTo,
      function: owner,
      interrupt,
      local: false,
    });
  }
}
