/**
 * Calls and returns along the execution. A return ends the call whose return address lies where it
 * pops; what is inside of that call and did not return has been unwound. Jumps to where a function
 * begins are tail calls; jumps that leave the stack pointer above return addresses have unwound those
 * calls (longjmp, exceptions of C++).
 */
import { CallFrames, NO_SLOT, type Frame } from './call-frames.js';
import { Control, type DecodedCode } from './code.js';
import type { Functions } from './functions.js';
import { RSP, type RegisterFile } from './registers.js';
import type { CallKind } from './sink.js';

/** An exception or interrupt, delivered before `step`. */
export interface Delivery {
  readonly step: number;
  readonly kind: 'fault' | 'trap' | 'interrupt' | 'nmi' | 'software';
  /** Where it goes back to, as a linear address. */
  readonly address: bigint;
}

/** How far up the frames a return looks for its call. */
const SEARCH_FRAMES = 4096;
/** A jump of the stack pointer beyond this is another stack, not this one unwound. */
const SAME_STACK_BYTES = 1n << 20n;
/** An error code, which handlers pop first, lies below the return frame of some exceptions. */
const ERROR_CODE_BYTES = 8n;
/** Calls under way; deeper ones count to the last of them. */
const MAX_DEPTH = 1_000_000;

const INTERRUPTS = new Set<CallKind>(['fault', 'trap', 'interrupt', 'nmi', 'software', 'syscall']);

export class Calls {
  readonly #frames: CallFrames;
  readonly #registers: RegisterFile;
  readonly #functions: Functions;
  /** By instruction id: 1 where no function begins, 2 where one does. */
  readonly #entries: number[] = [];
  readonly #functionOf = new Map<bigint, { readonly index: number; readonly start: boolean }>();
  /** Where calls have gone to: what is known of functions where there are no symbols. */
  readonly #called = new Set<bigint>();
  #previous: DecodedCode | undefined;
  /** rsp before the previous step. */
  #stackBefore = 0n;

  constructor(frames: CallFrames, registers: RegisterFile, functions: Functions) {
    this.#frames = frames;
    this.#registers = registers;
    this.#functions = functions;
  }

  /** At the state before a step that follows a change of control, or is interrupted, or is the first. */
  arrive(step: number, code: DecodedCode, deliveries: readonly Delivery[]): void {
    const stack = this.#stack();
    if (this.#frames.frames.length === 0) this.#start(step, code);
    else if (this.#previous !== undefined && !this.#staysInside(code, deliveries)) {
      const landing = deliveries[0]?.address ?? code.address;
      // An interrupt has pushed its frame already.
      this.#transfer(this.#previous, step, landing, deliveries.length > 0 ? undefined : stack);
    }
    this.#previous = undefined;
    deliveries.forEach((delivery, i) => {
      const address = deliveries[i + 1]?.address ?? code.address;
      this.#push(delivery.kind, step, address, stack, delivery.address);
    });
  }

  /** Before a step whose control is not `none`: the next step has to `arrive`. */
  leave(code: DecodedCode): void {
    this.#previous = code;
    this.#stackBefore = this.#stack();
  }

  /** Most jumps go nowhere that a function begins: they need no further thought. */
  #staysInside(code: DecodedCode, deliveries: readonly Delivery[]): boolean {
    if (this.#previous!.control !== Control.jump || deliveries.length > 0) return false;
    if (!this.#functions.known) return !this.#called.has(code.address);
    this.#entries[code.id] ??= this.#function(code.address).start ? 2 : 1;
    return this.#entries[code.id] === 1;
  }

  #start(step: number, { address }: DecodedCode): void {
    this.#push('start', step, address, NO_SLOT, 0n);
  }

  #transfer(from: DecodedCode, step: number, landing: bigint, stack: bigint | undefined): void {
    switch (from.control) {
      case Control.call: {
        const slot = BigInt.asUintN(64, this.#stackBefore - BigInt(from.pushes));
        this.#unwindDead(slot, from.address, step);
        this.#called.add(landing);
        this.#push('call', step, landing, slot, from.next);
        break;
      }
      case Control.return:
        this.#return(step, landing, stack);
        break;
      case Control.systemCall:
        this.#push('syscall', step, landing, stack ?? this.#stackBefore, from.next);
        break;
      case Control.systemReturn:
      case Control.interruptReturn:
        this.#returnFromInterrupt(step, landing);
        break;
      case Control.indirectJump:
        if (stack !== undefined) this.#unwindDead(stack, landing, step);
        this.#tailCall(step, landing);
        break;
      case Control.jump:
        this.#tailCall(step, landing);
        break;
      case Control.none:
    }
  }

  #return(step: number, landing: bigint, stack: bigint | undefined): void {
    const { frames } = this.#frames;
    const slot = this.#stackBefore;
    const index = this.#search((frame) => frame.slot === slot);
    if (index > 0) {
      this.#frames.unwindTo(index, step - 1);
      this.#frames.pop(step - 1, 'return');
      return;
    }
    // A jump by other means: a trampoline, or a switch to another stack.
    if (frames.length > 1 && stack !== undefined) this.#unwindDead(stack, landing, step);
    this.#tailCall(step, landing);
  }

  #returnFromInterrupt(step: number, landing: bigint): void {
    const slot = this.#stackBefore;
    const pops = (frame: Frame): boolean =>
      INTERRUPTS.has(frame.kind) && slot >= frame.slot && slot - frame.slot <= ERROR_CODE_BYTES;
    let index = this.#search(pops);
    if (index <= 0) {
      index = this.#search((frame) => INTERRUPTS.has(frame.kind) && frame.returnTo === landing);
    }
    if (index <= 0) return; // Into another task, or to user mode for the first time.
    this.#frames.unwindTo(index, step - 1);
    this.#frames.pop(step - 1, 'return');
  }

  /** A jump to where another function begins takes the place of the call that makes it. */
  #tailCall(step: number, landing: bigint): void {
    const frame = this.#frames.top;
    if (landing === frame.address || !this.#isEntry(landing)) return;
    const target = this.#function(landing);
    if (this.#functions.known && target.index === frame.function) return;
    const { slot, returnTo } = frame;
    // What the trace began in stays: it has no caller to take the place under.
    if (this.#frames.frames.length > 1) this.#frames.pop(step - 1, 'tail');
    this.#push('tail', step, landing, slot, returnTo);
  }

  #isEntry(address: bigint): boolean {
    return this.#functions.known ? this.#function(address).start : this.#called.has(address);
  }

  /**
   * Ends calls whose return addresses the stack pointer has left behind, if control is now (at
   * `address`) in the function of the first call that is left.
   */
  #unwindDead(stack: bigint, address: bigint, step: number): void {
    const { frames } = this.#frames;
    let index = frames.length - 1;
    while (index > 0) {
      const { slot, kind } = frames[index]!;
      if (slot >= stack || stack - slot > SAME_STACK_BYTES || INTERRUPTS.has(kind)) break;
      index--;
    }
    if (index === frames.length - 1) return;
    const inside = this.#function(address).index;
    if (this.#functions.known && frames[index]!.function !== inside) return;
    this.#frames.unwindTo(index, step - 1);
  }

  /** The index of the innermost frame that `fits`, or -1. */
  #search(fits: (frame: Frame) => boolean): number {
    const { frames } = this.#frames;
    const stop = Math.max(0, frames.length - SEARCH_FRAMES);
    for (let i = frames.length - 1; i >= stop; i--) if (fits(frames[i]!)) return i;
    return -1;
  }

  #push(kind: CallKind, firstStep: number, address: bigint, slot: bigint, returnTo: bigint): void {
    if (this.#frames.frames.length >= MAX_DEPTH) return;
    const index = this.#function(address).index;
    this.#frames.push({ kind, address, firstStep, slot, returnTo, function: index });
  }

  #function(address: bigint): { readonly index: number; readonly start: boolean } {
    let found = this.#functionOf.get(address);
    if (found === undefined) {
      found = { index: this.#functions.at(address), start: this.#functions.startsAt(address) };
      this.#functionOf.set(address, found);
    }
    return found;
  }

  #stack(): bigint {
    const high = BigInt(this.#registers.high[RSP]! >>> 0);
    return (high << 32n) | BigInt(this.#registers.low[RSP]! >>> 0);
  }
}
