/** How far the guest of a trace has read what COM1 was given (`--port-input`). */
import type { Side } from '../side.js';

const COM1 = 0x3f8;
const LINE_CONTROL = COM1 + 3;
/** With it COM1's first port is the divisor's lower byte (PC16550D data sheet, table II). */
const DIVISOR_LATCH = 0x80;
/** Steps whose accesses are read at a time. */
const BATCH = 1 << 16;

/** The registers of COM1: all answer by what has been read of the input. */
export function isSerialPort(port: number): boolean {
  return port >= COM1 && port < COM1 + 8;
}

/** Follows how the guest reads COM1, for steps asked in order. */
export class SerialInput {
  readonly bytes: Uint8Array;
  readonly #side: Side;
  #step = 0;
  #read = 0;
  #divisorLatch = false;

  constructor(side: Side) {
    this.#side = side;
    this.bytes = side.file.snapshots.portInput();
  }

  /** Bytes that were read before `step`; asked for later and later steps. */
  position(step: number): number {
    for (; this.#step < step; this.#step = Math.min(step, this.#step + BATCH)) {
      const end = Math.min(step, this.#step + BATCH);
      for (const { port, direction, count, data } of this.#side.file.events.ports(
        this.#step,
        end,
      )) {
        if (port === LINE_CONTROL && direction === 'out') {
          this.#divisorLatch = (data.at(-1)! & DIVISOR_LATCH) !== 0;
        } else if (port === COM1 && direction === 'in' && !this.#divisorLatch) {
          this.#read += count;
        }
      }
    }
    return Math.min(this.#read, this.bytes.length);
  }
}
