/** The packets that read memory. */
import type { State } from '../query/state.js';
import { hexOfBytes, parseHex } from './hex.js';
import type { Bits } from './register.js';

/** `EFAULT`, which gdb shows as `Cannot access memory at address …`. */
export const MEMORY_FAULT = 'E0e';
const WRONG = 'E16';
/** What one answer may hold: gdb goes by `PacketSize`, in which a byte takes two digits. */
const MOST_BYTES = 0x7000;
/** The most that x86 has of physical address. */
const MAX_PHYSICAL = 2n ** 52n;

/** Answers the packets that read memory of the current state. */
export class Memory {
  /** Addresses are physical, as after `maintenance packet Qqemu.PhyMemMode:1`. */
  physical = false;
  readonly #bits: Bits;

  constructor(bits: Bits) {
    this.#bits = bits;
  }

  /** Linear addresses have 32 bits outside of long mode; gdb extends their sign. */
  address(value: bigint): bigint {
    return this.#bits === 64 || this.physical ? value : BigInt.asUintN(32, value);
  }

  /** @param range `address,length`: as many bytes as there are, at least one */
  read(state: State, range: string): string {
    const bytes = this.bytes(state, range);
    return typeof bytes === 'string' ? bytes : hexOfBytes(bytes);
  }

  /** The bytes, or what to answer instead. */
  bytes(state: State, range: string): Uint8Array | string {
    const [address, length] = range.split(',').map((each) => parseHex(each));
    if (address === undefined || length === undefined || address >= 2n ** 64n) return WRONG;
    const count = Number(length > MOST_BYTES ? MOST_BYTES : length);
    if (count === 0) return new Uint8Array();
    if (this.physical && address >= MAX_PHYSICAL) return MEMORY_FAULT;
    const { bytes } = this.physical
      ? state.readPhysical(Number(address), count)
      : state.readVirtual(this.address(address), count);
    return bytes.length === 0 ? MEMORY_FAULT : bytes;
  }
}
