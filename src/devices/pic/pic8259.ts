import { inputError } from '../../base/errors.js';
import type { Device, InterruptController } from '../device.js';
import { CASCADE_INPUT, picState, requested, serve, setInput, type PicState } from './chip.js';
import { writeCommand, writeData } from './commands.js';

const MASTER = 0x20;
const SLAVE = 0xa0;
const ELCR = 0x4d0;

/** Inputs that are always edge-triggered: timer, keyboard, cascade; clock and FPU on the slave. */
const MASTER_LEVELS = 0xf8;
const SLAVE_LEVELS = 0xde;

/** The answer when the request has gone by the time it is acknowledged. */
const SPURIOUS_INPUT = 7;

/**
 * The two 8259A of a PC: IRQ0 to 7 on the master, IRQ8 to 15 on the slave, which is the master's
 * IRQ2. Edge or level per IRQ by ELCR; ICW1's level bit is not used, as in chipsets that have it.
 */
export class Pic8259 implements Device, InterruptController {
  readonly name = 'pic';
  readonly ports = [
    { first: MASTER, count: 2 },
    { first: SLAVE, count: 2 },
    { first: ELCR, count: 2 },
  ];
  #master: PicState = picState.initial();
  #slave: PicState = picState.initial();
  #pending: number | undefined;

  /** All IRQs are masked until the guest initializes the chips: there is no BIOS that would have. */
  constructor() {
    for (const chip of [this.#master, this.#slave]) {
      chip.lowest = 7;
      chip.mask = 0xff;
    }
  }

  /** The line of IRQ `irq` (0–15, not 2) goes high or low. */
  setLine(irq: number, high: boolean): void {
    if (irq < 8) setInput(this.#master, irq, high);
    else setInput(this.#slave, irq - 8, high);
    this.#update();
  }

  pending(): number | undefined {
    return this.#pending;
  }

  acknowledge(): number {
    const input = requested(this.#master, true);
    let vector;
    if (input === undefined) vector = this.#master.vectorBase | SPURIOUS_INPUT;
    else {
      serve(this.#master, input);
      vector = input === CASCADE_INPUT ? this.#acknowledgeSlave() : this.#master.vectorBase | input;
    }
    this.#update();
    return vector;
  }

  #acknowledgeSlave(): number {
    const input = requested(this.#slave, false);
    if (input !== undefined) serve(this.#slave, input);
    // The slave takes its output back with each acknowledgement: another request is a new edge.
    setInput(this.#master, CASCADE_INPUT, false);
    return this.#slave.vectorBase | (input ?? SPURIOUS_INPUT);
  }

  /** The vector that the processor would get now. */
  #vector(): number | undefined {
    const input = requested(this.#master, true);
    if (input !== CASCADE_INPUT)
      return input === undefined ? undefined : this.#master.vectorBase | input;
    return this.#slave.vectorBase | (requested(this.#slave, false) ?? SPURIOUS_INPUT);
  }

  #update(): void {
    setInput(this.#master, CASCADE_INPUT, requested(this.#slave, false) !== undefined);
    this.#pending = this.#vector();
  }

  read(port: number): number {
    if (port === ELCR) return this.#master.levelTriggered;
    if (port === ELCR + 1) return this.#slave.levelTriggered;
    const state = port < SLAVE ? this.#master : this.#slave;
    if (state.polling) return this.#poll(state);
    if (port & 1) return state.mask;
    return state.readsInService ? state.inService : state.requests;
  }

  /** A poll acknowledges without the processor: bit 7 says that there was a request. */
  #poll(state: PicState): number {
    state.polling = false;
    const input = requested(state, state === this.#master);
    if (input === undefined) return 0;
    serve(state, input);
    this.#update();
    return 0x80 | input;
  }

  write(port: number, _size: number, value: number): void {
    if (port === ELCR) this.#master.levelTriggered = value & MASTER_LEVELS;
    else if (port === ELCR + 1) this.#slave.levelTriggered = value & SLAVE_LEVELS;
    else {
      const state = port < SLAVE ? this.#master : this.#slave;
      if (port & 1) writeData(state, value);
      else writeCommand(state, value);
    }
    this.#update();
  }

  save(): Uint8Array {
    return Buffer.concat([picState.encode(this.#master), picState.encode(this.#slave)]);
  }

  restore(bytes: Uint8Array): void {
    const half = picState.sizeBytes;
    if (bytes.length !== 2 * half) {
      throw inputError(
        `The snapshot has ${bytes.length} bytes for the device pic instead of ${2 * half}: it is broken, or of another version of kvmtrace; record again.`,
      );
    }
    this.#master = picState.decode(bytes.subarray(0, half));
    this.#slave = picState.decode(bytes.subarray(half));
    this.#pending = this.#vector();
  }
}
