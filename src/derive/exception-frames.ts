/**
 * What the processor pushes when it delivers an exception or interrupt: return address, code segment
 * and flags, the stack of the interrupted code where that changes, and an error code.
 */
import { CR0_PE, EFER_LMA } from '../x86/control-bits.js';
import type { Interruption } from '../trace/read/events.js';
import { REGISTER_CR0, REGISTER_EFER, segmentBase } from '../trace/format/registers.js';
import { Flow } from '../x86/instruction-class.js';
import type { DecodedCode } from './code.js';
import { LinearAddress } from '../x86/linear-address.js';
import { CS, RSP, type RegisterFile } from './registers.js';

const SS = 5;
const PRIVILEGE = 3;
/** EFLAGS.VM, in the high half of the pushed flags. */
const VM_HIGH = 2;

/** Words, which lie one after the other from the stack pointer on, an error code first. */
interface Frame {
  readonly words: number;
  readonly size: 2 | 4 | 8;
}

/** ss:rsp, cs:rip and flags, in 64-bit mode always (SDM vol. 3, 7.14.2). */
const LONG: Frame = { words: 5, size: 8 };
/** cs:ip and flags (SDM vol. 3, 22.1.4). */
const REAL: Frame = { words: 3, size: 2 };
/** Deliveries that can follow one another before an instruction runs: faults of deliveries, NMIs. */
const MAX_NESTED = 16;
/** Where ss:rsp lies in them: behind rip, cs and flags. */
const STACK_WORD = 3;

/** Up to 4 bytes at a linear address of the state that a delivery has led to, or undefined. */
export type ReadLinear = (address: LinearAddress, size: number) => number | undefined;
/** Told of each word, by its linear address. */
export type OnWord = (address: LinearAddress, size: number) => void;

/** Tells the memory that a delivery writes, mode by mode. */
export class ExceptionFrames {
  readonly #registers: RegisterFile;
  /** Frames of protected mode by vector, interrupted code segment and whether there is an error code. */
  readonly #known = new Map<number, Frame>();
  readonly #address = new LinearAddress();
  #selector = 0;
  #before: DecodedCode | undefined;

  constructor(registers: RegisterFile) {
    this.#registers = registers;
  }

  /** At the state before a step that deliveries follow. */
  before(code: DecodedCode): void {
    this.#before = code;
    this.#selector = this.#registers.low[CS]!;
  }

  /** At the state that the deliveries have led to: what they pushed. */
  pushed(deliveries: readonly Interruption[], read: ReadLinear, onWord: OnWord): void {
    let low = this.#registers.low[RSP]!;
    let high = this.#registers.high[RSP]!;
    // Where one delivery followed the other, the frame of the last lies at the stack pointer.
    const first = Math.max(0, deliveries.length - MAX_NESTED);
    for (let i = deliveries.length - 1; i >= first; i--) {
      const delivery = deliveries[i]!;
      const frame = this.#frame(delivery, low, high, deliveries.length === 1, read);
      if (frame === undefined) return;
      const { words, size } = frame;
      const count = words + (delivery.errorCode === undefined ? 0 : 1);
      for (let word = 0; word < count; word++) onWord(this.#at(low, high, word * size), size);
      if (i === 0) return;
      if (size === 8) {
        const stack = (count - words + STACK_WORD) * size;
        const stackLow = read(this.#at(low, high, stack), 4) ?? 0;
        high = read(this.#at(low, high, stack + 4), 4) ?? 0;
        low = stackLow;
      } else {
        // To a handler that was interrupted at its first instruction: on the same stack.
        low = (low + count * size) | 0;
      }
    }
  }

  #frame(
    delivery: Interruption,
    low: number,
    high: number,
    isOnly: boolean,
    read: ReadLinear,
  ): Frame | undefined {
    const { low: words } = this.#registers;
    if ((words[REGISTER_EFER]! & EFER_LMA) !== 0) return LONG;
    if ((words[REGISTER_CR0]! & CR0_PE) === 0) return REAL;
    // Code of 16 bits may be that of virtual-8086 mode, and some steps change the code segment.
    const code = this.#before!;
    const isLasting = code.class.flow === Flow.softwareInterrupt || !code.class.system;
    const mayKeep = isOnly && isLasting && code.mode === 32;
    const hasCode = delivery.errorCode === undefined ? 0 : 1;
    const key = (this.#selector * 256 + delivery.vector) * 2 + hasCode;
    const known = mayKeep ? this.#known.get(key) : undefined;
    if (known !== undefined) return known;
    const found = this.#look(delivery.rip, hasCode, low, high, read);
    if (mayKeep && found !== undefined) this.#known.set(key, found);
    return found;
  }

  /**
   * What a frame of protected mode looks like follows from what is in it: gates of 16 bits push words
   * of 2 bytes, or here, with KVM's emulator, of 4 (docs/kvm-stepping.md).
   */
  #look(
    rip: bigint,
    hasCode: number,
    low: number,
    high: number,
    read: ReadLinear,
  ): Frame | undefined {
    const word = (size: number, index: number, offset = 0): number | undefined =>
      read(this.#at(low, high, (hasCode + index) * size + offset), 2);
    const is = (size: number): boolean =>
      word(size, 0) === Number(rip & 0xffffn) &&
      (size === 2 || word(size, 0, 2) === Number((rip >> 16n) & 0xffffn));
    const size = is(4) ? 4 : 2;
    // Neither: through a task gate, which pushes no frame.
    if (!is(size)) return undefined;
    // A stack of its own for a higher privilege (SDM vol. 3, 7.12.1); from virtual-8086 mode also the
    // data segments (22.3.1.1).
    if (size === 4 && ((word(4, 2, 2) ?? 0) & VM_HIGH) !== 0) return { words: 9, size };
    const outer = (word(size, 1) ?? 0) & PRIVILEGE;
    return { words: outer > (this.#registers.low[CS]! & PRIVILEGE) ? 5 : 3, size };
  }

  /** The linear address `offset` bytes from a stack pointer on. */
  #at(low: number, high: number, offset: number): LinearAddress {
    const address = this.#address;
    const { low: words } = this.#registers;
    if ((words[REGISTER_EFER]! & EFER_LMA) === 0) {
      const pointer = this.#registers.stackBits() === 32 ? low + offset : (low + offset) & 0xffff;
      address.set((pointer + words[segmentBase(SS)]!) | 0, 0, false);
    } else {
      address.set(low, high, true);
      address.add(offset);
    }
    return address;
  }
}
