/** A call of a BIOS interrupt: registers as the caller has them, and what it is to get back. */
import { AnswerQueue } from '../../uefi/answer-queue.js';
import type { GuestView } from '../../uefi/guest-view.js';
import { FRAME } from './thunk.js';

type Register = 'eax' | 'ebx' | 'ecx' | 'edx' | 'esi' | 'edi' | 'ebp';

/** Bits of FLAGS. */
const Flag = { carry: 1, zero: 0x40 } as const;
const MAX_PIECE = 0xfff0;

/** The guest in real mode. */
export interface RealModeView extends GuestView {
  /** Linear base of a segment register. */
  segmentBase(name: 'ds' | 'es' | 'ss'): number;
  readonly ip: number;
}

/** A call under way: its registers, and its answer. */
export class BiosCall {
  /** For each piece of memory below 1 MiB its length, segment and offset, then its bytes. */
  readonly answer = new AnswerQueue();
  readonly #guest: GuestView;
  readonly #frame: number;
  readonly esBase: number;
  readonly dsBase: number;

  constructor(guest: RealModeView) {
    this.#guest = guest;
    const SP = 6;
    this.#frame = guest.segmentBase('ss') + Number(guest.register(SP) & 0xffffn);
    this.esBase = guest.segmentBase('es');
    this.dsBase = guest.segmentBase('ds');
  }

  /** A 32-bit register. */
  get32(name: Register): number {
    return view(this.read(this.#frame + FRAME[name], 4)).getUint32(0, true);
  }

  get16(name: Register): number {
    return this.get32(name) & 0xffff;
  }

  get ah(): number {
    return this.get16('eax') >> 8;
  }

  get al(): number {
    return this.get16('eax') & 0xff;
  }

  set32(name: Register, value: number): void {
    this.write(this.#frame + FRAME[name], new Uint8Array(Uint32Array.of(value).buffer));
  }

  set16(name: Register, value: number): void {
    this.write(this.#frame + FRAME[name], new Uint8Array(Uint16Array.of(value).buffer));
  }

  setAh(value: number): void {
    this.write(this.#frame + FRAME.eax + 1, Uint8Array.of(value));
  }

  setAl(value: number): void {
    this.write(this.#frame + FRAME.eax, Uint8Array.of(value));
  }

  setEs(value: number): void {
    this.write(this.#frame + FRAME.es, new Uint8Array(Uint16Array.of(value).buffer));
  }

  /** Flags that the caller finds after IRET. */
  setFlags(flags: { readonly carry?: boolean; readonly zero?: boolean }): void {
    const at = this.#frame + FRAME.flags;
    let value = this.read(at, 1)[0]!;
    const put = (bit: number, isSet: boolean | undefined): void => {
      if (isSet !== undefined) value = isSet ? value | bit : value & ~bit;
    };
    put(Flag.carry, flags.carry);
    put(Flag.zero, flags.zero);
    this.write(at, Uint8Array.of(value));
  }

  /** Memory below 1 MiB; zeros where there is none. */
  read(address: number, sizeBytes: number): Uint8Array {
    return this.#guest.read(address, sizeBytes) ?? new Uint8Array(sizeBytes);
  }

  write(address: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += MAX_PIECE) {
      const part = bytes.subarray(at, at + MAX_PIECE);
      this.answer.words(part.length, (address + at) >> 4, (address + at) & 15);
      this.answer.bytes(part);
    }
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
