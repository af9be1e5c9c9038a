import type { Device } from './device.js';
import { stateCodec } from './state-codec.js';

const MASTER = 0x00;
const PAGES = 0x81;
const SLAVE = 0xc0;
/** Registers of a chip with address and count: 4 channels of 2, each of 2 bytes. */
const CHANNEL_REGISTERS = 8;
const CHIP_REGISTERS = 16;
const COMMAND = { status: 8, clearFlipFlop: 12, masterClear: 13, clearMask: 14, mask: 15 } as const;

const codec = stateCodec('dma', {
  /** Addresses and counts of both chips, 16 bytes each: low and high by turns. */
  master: 'bytes16',
  slave: 'bytes16',
  pages: 'bytes16',
  masterMask: 'u8',
  slaveMask: 'u8',
  masterHigh: 'flag',
  slaveHigh: 'flag',
});

/**
 * The two 8237A DMA controllers of a PC and their page registers, as far as firmware sets them up: addresses,
 * counts and masks can be read back. No device here transfers by them.
 */
export class Dma8237 implements Device {
  readonly name = 'dma';
  readonly ports = [
    { first: MASTER, count: CHIP_REGISTERS },
    { first: PAGES, count: 15 },
    { first: SLAVE, count: 2 * CHIP_REGISTERS },
  ];
  #state = codec.initial();

  /** All channels are masked. */
  constructor() {
    this.#state.masterMask = 0x0f;
    this.#state.slaveMask = 0x0f;
  }

  read(port: number): number {
    if (port >= PAGES && port < SLAVE) return this.#state.pages[port - PAGES + 1]!;
    const { isSlave, register } = chipOf(port);
    if (register < CHANNEL_REGISTERS) return this.#count(isSlave)[this.#half(isSlave, register)]!;
    if (register === COMMAND.status) return 0;
    return register === COMMAND.mask ? 0xf0 | this.#state[isSlave ? 'slaveMask' : 'masterMask'] : 0;
  }

  write(port: number, _size: number, value: number): void {
    if (port >= PAGES && port < SLAVE) {
      this.#state.pages[port - PAGES + 1] = value;
      return;
    }
    const { isSlave, register } = chipOf(port);
    const mask = isSlave ? 'slaveMask' : 'masterMask';
    const high = isSlave ? 'slaveHigh' : 'masterHigh';
    if (register < CHANNEL_REGISTERS) {
      this.#count(isSlave)[this.#half(isSlave, register)] = value;
    } else if (register === COMMAND.clearFlipFlop) this.#state[high] = false;
    else if (register === COMMAND.clearMask) this.#state[mask] = 0;
    else if (register === COMMAND.mask) this.#state[mask] = value & 0x0f;
    else if (register === COMMAND.masterClear) {
      this.#state[high] = false;
      this.#state[mask] = 0x0f;
    } else if (register === 10) {
      const bit = 1 << (value & 3);
      this.#state[mask] = value & 4 ? this.#state[mask] | bit : this.#state[mask] & ~bit;
    }
  }

  #count(isSlave: boolean): Uint8Array {
    return isSlave ? this.#state.slave : this.#state.master;
  }

  /** The byte that the flip-flop selects; the access turns it over. */
  #half(isSlave: boolean, register: number): number {
    const high = isSlave ? 'slaveHigh' : 'masterHigh';
    const at = 2 * register + (this.#state[high] ? 1 : 0);
    this.#state[high] = !this.#state[high];
    return at;
  }

  save(): Uint8Array {
    return codec.encode(this.#state);
  }

  restore(bytes: Uint8Array): void {
    this.#state = codec.decode(bytes);
  }
}

/** The slave's registers are two ports apart. */
function chipOf(port: number): { readonly isSlave: boolean; readonly register: number } {
  return port < SLAVE
    ? { isSlave: false, register: port }
    : { isSlave: true, register: (port - SLAVE) >> 1 };
}
