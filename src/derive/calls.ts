/**
 * Calls and returns along the execution. A return ends the call whose return address it pops and goes
 * to; what is inside of that call and did not return has been unwound. Control that goes elsewhere,
 * by whatever instruction,
 *
 * - goes on with a call under way, if it lands in that call's function and the stack pointer is in
 *   that call's part of a stack: the calls inside are unwound (longjmp, exceptions of C++);
 * - else takes the place of the innermost call: a tail call where it lands at the beginning of a
 *   function, otherwise a function that goes on (`resume`), as coroutines and threads do.
 *
 * A stack pointer that moves to another stack unwinds nothing by that alone.
 */
import { NO_SLOT, type CallFrames } from './call-frames.js';
import { Control, type DecodedCode } from './code.js';
import { NO_FUNCTION, type Functions } from './functions.js';
import { stackPointer, type RegisterFile } from './registers.js';
import { Landing, MAX_DEPTH, Reconciler } from './reconcile.js';
import type { CallKind } from '../trace/format/derived-schema.js';

/** An exception or interrupt, delivered before `step`. */
export interface Delivery {
  readonly step: number;
  readonly kind: 'fault' | 'trap' | 'interrupt' | 'nmi' | 'software';
  /** Where it goes back to, as a linear address. */
  readonly address: bigint;
  /** Bytes of the error code that it pushed below its frame. */
  readonly errorCodeBytes: number;
}

/** The largest return address, of a far call. */
const MAX_RETURN_BYTES = 16;

/** Follows calls and returns along a pass. */
export class Calls {
  readonly #frames: CallFrames;
  readonly #registers: RegisterFile;
  readonly #functions: Functions;
  readonly #at = new Landing();
  readonly #reconciler: Reconciler;
  #previous: DecodedCode | undefined;
  /** Stack pointer before the previous step. */
  #stackBefore = 0;

  constructor(frames: CallFrames, registers: RegisterFile, functions: Functions) {
    this.#frames = frames;
    this.#registers = registers;
    this.#functions = functions;
    this.#reconciler = new Reconciler(frames, functions, this.#at);
  }

  /** Before the first step of an instruction. */
  define(code: DecodedCode): void {
    this.#functions.define(code);
  }

  /** Whether an instruction is in another function than the innermost call: then it has to `arrive`. */
  strays(id: number): boolean {
    const owner = this.#functions.ofCode(id);
    return owner !== this.#frames.top.function && owner !== NO_FUNCTION;
  }

  /** At the state before a step that follows a change of control, or is interrupted, or is the first. */
  arrive(step: number, code: DecodedCode, deliveries: readonly Delivery[]): void {
    const at = this.#at;
    const previous = this.#previous;
    this.#previous = undefined;
    at.step = step;
    if (this.#frames.frames.length === 0) {
      const owner = this.#functions.entered(code.address);
      this.#push('start', code.address, owner, NO_SLOT, -Infinity, 0n);
    } else if (deliveries.length === 0) {
      at.address = code.address;
      at.owner = this.#functions.ofCode(code.id);
      if (previous?.control === Control.jump && this.#staysInside()) return;
      at.pointer = stackPointer(this.#registers, code.mode);
      this.#transfer(previous);
      return;
    } else if (previous !== undefined) {
      at.address = deliveries[0]!.address;
      at.owner = this.#functions.at(at.address);
      // The interrupt has pushed its frame already.
      at.pointer = this.#stackBefore + (previous.class.stackDelta ?? 0);
      this.#transfer(previous);
    }
    const slot = stackPointer(this.#registers, code.mode);
    deliveries.forEach(({ kind, address, errorCodeBytes }, i) => {
      const handler = deliveries[i + 1]?.address ?? code.address;
      const owner = this.#functions.entered(handler);
      if (this.#frames.isOnTop(slot)) this.#frames.saw(slot);
      this.#push(kind, handler, owner, slot, slot + errorCodeBytes, address, true);
    });
  }

  /** Before a step whose control is not `none`: the next step has to `arrive`. */
  leave(code: DecodedCode): void {
    this.#previous = code;
    this.#stackBefore = stackPointer(this.#registers, code.mode);
  }

  /** Most jumps go nowhere that a function begins: they need no further thought. */
  #staysInside(): boolean {
    const { owner, address } = this.#at;
    const { top } = this.#frames;
    if (owner !== NO_FUNCTION) return owner === top.function && !top.local;
    return !this.#functions.begins(address);
  }

  #transfer(from: DecodedCode | undefined): void {
    const control = from?.control ?? Control.none;
    if (from !== undefined && control === Control.call) {
      this.#call(from);
      return;
    }
    if (from !== undefined && control === Control.systemCall) {
      const { address, owner, pointer } = this.#at;
      const entered = this.#functions.entered(address, owner);
      this.#push('syscall', address, entered, pointer, pointer, from.next, true);
      return;
    }
    if (control === Control.return && this.#return()) return;
    const returns = control === Control.interruptReturn || control === Control.systemReturn;
    if (returns && this.#returnFromInterrupt()) return;
    if (control === Control.indirectJump) this.#jumpBack();
    this.#reconciler.reconcile(control);
  }

  #call(from: DecodedCode): void {
    const { address, owner } = this.#at;
    const pointer = this.#stackBefore;
    this.#frames.saw(pointer);
    this.#reconciler.leaveLocal(pointer);
    this.#checkCaller(from, pointer);
    if (owner === NO_FUNCTION) this.#functions.called(address);
    const slot = pointer - from.pushes;
    const entered = this.#functions.entered(address, owner);
    this.#push('call', address, entered, slot, slot, from.next);
  }

  /**
   * Whether the innermost call is the one that makes this call, as it was before. Where there are
   * symbols they have said so; without, a return address may have been dropped and nothing told of it.
   */
  #checkCaller(from: DecodedCode, pointer: number): void {
    const frames = this.#frames;
    const functions = this.#functions;
    const caller = functions.callerOf(from);
    const { top } = frames;
    if (caller === top.function) return;
    const symbol = functions.ofCode(from.id);
    if (symbol !== NO_FUNCTION) {
      if (caller === undefined) functions.learnCaller(from, symbol);
      return;
    }
    if (caller !== undefined) {
      const index = frames.holding(pointer, caller);
      if (index >= 0) frames.unwindTo(index, this.#at.step - 1);
      return;
    }
    // Of a call seen for the first time no more is believed than that one address was dropped.
    const index = frames.nearest(pointer);
    if (index < top.depth - 1) return;
    frames.unwindTo(index, this.#at.step - 1);
    functions.learnCaller(from, frames.top.function);
  }

  /** Whether that was all: control is back where the call was made. */
  #return(): boolean {
    const slot = this.#stackBefore;
    const { top, frames } = this.#frames;
    const index = top.slot === slot ? top.depth : this.#frames.returningAt(slot);
    if (index <= 0) return false;
    // Elsewhere, where the callee has changed its return address: to jump (retpolines), or to skip.
    if (index !== top.depth && frames[index]!.returnTo !== this.#at.address) return false;
    return this.#end(index);
  }

  #returnFromInterrupt(): boolean {
    const frames = this.#frames;
    let index = frames.interruptAt(this.#stackBefore);
    if (index < 0) {
      // PUSHF and a far call are as good as INT n.
      index = frames.returningAt(this.#stackBefore);
      if (frames.frames[index]?.returnTo !== this.#at.address) index = -1;
    }
    if (index < 0) index = frames.interruptOf(this.#at.address);
    // None: into another task, or to user mode for the first time.
    return index > 0 && this.#end(index);
  }

  /** Call `index` has returned. Whether to where it was made from, and symbols do not disagree. */
  #end(index: number): boolean {
    const { step, address, owner } = this.#at;
    const frames = this.#frames;
    const { returnTo } = frames.frames[index]!;
    frames.unwindTo(index, step - 1);
    frames.pop(step - 1, 'return');
    return returnTo === address && (owner === frames.top.function || owner === NO_FUNCTION);
  }

  /** POP and JMP in place of RET: the return address of the innermost call is gone. */
  #jumpBack(): void {
    const { step, address, owner, pointer } = this.#at;
    const { depth, slot, returnTo, interrupt, function: current } = this.#frames.top;
    if (depth === 0 || interrupt || owner === current) return;
    const popped = pointer - slot;
    if (popped <= 0 || popped > MAX_RETURN_BYTES) return;
    this.#frames.pop(step - 1, returnTo === address ? 'return' : 'unwound');
  }

  #push(
    kind: CallKind,
    address: bigint,
    owner: number,
    slot: number,
    base: number,
    returnTo: bigint,
    interrupt = false,
  ): void {
    const frames = this.#frames;
    if (frames.frames.length >= MAX_DEPTH) return;
    const isInner = kind === 'call' && owner === frames.top.function;
    const local = isInner && address !== this.#functions.entry(owner);
    frames.push({
      kind,
      address,
      firstStep: this.#at.step,
      slot,
      base,
      returnTo,
      function: owner,
      interrupt,
      local,
    });
  }
}
