import type { Device } from './device.js';
import { stateCodec } from './state-codec.js';

const INDEX = 0x70;
const DATA = 0x71;

/** Cells of the MC146818: the clock, its status registers, then RAM. */
const CELL = {
  ...{ seconds: 0, minutes: 2, hours: 4, weekday: 6, day: 7, month: 8, year: 9 },
  ...{ statusA: 0x0a, statusB: 0x0b, statusD: 0x0d, century: 0x32 },
} as const;
const STATUS_A_32_KHZ = 0x26;
const STATUS_B_BINARY = 0x04;
const STATUS_B_24_HOURS = 0x02;
const STATUS_D_BATTERY_GOOD = 0x80;
const FIRST_RAM_CELL = 0x0e;

/** The clock starts here at step 0, whatever the host's says: a Saturday, 00:00:00. */
export const EPOCH = Date.UTC(2000, 0, 1);
const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

const codec = stateCodec('rtc', {
  step: 'u53',
  index: 'u8',
  cells: 'bytes128',
});

function putWord(cells: Uint8Array, cell: number, value: number): void {
  cells[cell] = value & 0xff;
  cells[cell + 1] = value >> 8;
}

/** Memory sizes where a BIOS leaves them: base and extended in KiB, above 16 MiB and 4 GiB in 64 KiB. */
function putMemorySize(cells: Uint8Array, memorySize: number): void {
  const low = Math.min(memorySize, 3 * GIB);
  const extended = Math.min(0xffff, Math.max(0, low - MIB) / KIB);
  putWord(cells, 0x15, Math.min(640, low / KIB));
  putWord(cells, 0x17, extended);
  putWord(cells, 0x30, extended);
  putWord(cells, 0x34, Math.floor(Math.max(0, low - 16 * MIB) / (64 * KIB)));
  const high = Math.floor((memorySize - low) / (64 * KIB));
  putWord(cells, 0x5b, high & 0xffff);
  cells[0x5d] = Math.floor(high / 0x10000);
}

/**
 * The real-time clock and its CMOS RAM, of which as much as small guests ask for: time of day,
 * counted in steps from 2000-01-01, and the memory size. The clock cannot be set and makes no
 * interrupts.
 */
export class Rtc implements Device {
  readonly name = 'rtc';
  readonly ports = [{ first: INDEX, count: 2 }];
  readonly #stepsPerSecond: number;
  #state = codec.initial();

  constructor(options: { memorySize: number; stepsPerSecond: number }) {
    this.#stepsPerSecond = options.stepsPerSecond;
    const { cells } = this.#state;
    cells[CELL.statusA] = STATUS_A_32_KHZ;
    cells[CELL.statusB] = STATUS_B_24_HOURS;
    cells[CELL.statusD] = STATUS_D_BATTERY_GOOD;
    putMemorySize(cells, options.memorySize);
  }

  read(port: number): number {
    const { index, cells } = this.#state;
    if (port !== DATA) return 0xff;
    const time = this.#timeCell(index);
    if (time === undefined) return cells[index]!;
    return cells[CELL.statusB]! & STATUS_B_BINARY ? time : Math.floor(time / 10) * 16 + (time % 10);
  }

  /** The value of a clock cell, not yet in BCD; undefined for the others. */
  #timeCell(cell: number): number | undefined {
    const now = new Date(EPOCH + Math.floor(this.#state.step / this.#stepsPerSecond) * 1000);
    switch (cell) {
      case CELL.seconds:
        return now.getUTCSeconds();
      case CELL.minutes:
        return now.getUTCMinutes();
      case CELL.hours:
        return now.getUTCHours();
      case CELL.weekday:
        return now.getUTCDay() + 1;
      case CELL.day:
        return now.getUTCDate();
      case CELL.month:
        return now.getUTCMonth() + 1;
      case CELL.year:
        return now.getUTCFullYear() % 100;
      case CELL.century:
        return Math.floor(now.getUTCFullYear() / 100);
      default:
        return undefined;
    }
  }

  write(port: number, _size: number, value: number): void {
    // Bit 7 of the index masks the NMI on a PC; there is none to mask.
    const { index, cells } = this.#state;
    if (port === INDEX) this.#state.index = value & 0x7f;
    else if (index === CELL.statusB || index >= FIRST_RAM_CELL) cells[index] = value;
  }

  tick(step: number): void {
    this.#state.step = step;
  }

  save(): Uint8Array {
    return codec.encode(this.#state);
  }

  restore(bytes: Uint8Array): void {
    this.#state = codec.decode(bytes);
    this.#state.index &= 0x7f;
  }
}
