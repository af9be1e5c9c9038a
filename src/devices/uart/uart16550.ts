import type { Output } from '../debug-console.js';
import type { Device, Line } from '../device.js';
import { interruptId } from './interrupts.js';
import { modemDeltas, modemLines } from './loopback.js';
import { FCR, FIFO_SIZE, IER, IIR, LCR_DLAB, LSR, MCR, REGISTER } from './registers.js';
import { uartState } from './state.js';

const COM1 = 0x3f8;
/**
 * COM1, a 16550A without time: what is written to THR is out at once, and the next byte of the
 * input stands in RBR as soon as the one before is read, so that nothing is ever lost (clearing
 * the FIFO loses nothing either: the sender waits). The interrupt does not need OUT2.
 */
export class Uart16550 implements Device {
  readonly name = 'com1';
  readonly ports = [{ first: COM1, count: 8 }];
  readonly #input: Uint8Array;
  readonly #output: Output;
  readonly #irq: Line;
  #state = uartState.initial();

  /** `input` is what the guest will receive. It is not part of the saved state: only how far it is read. */
  constructor(options: { input: Uint8Array; output: Output; irq: Line }) {
    this.#input = options.input;
    this.#output = options.output;
    this.#irq = options.irq;
    this.#state.divisor = 12; // 9600 baud
  }

  read(port: number): number {
    const state = this.#state;
    const divisorLatch = (state.lineControl & LCR_DLAB) !== 0;
    switch (port & 7) {
      case REGISTER.data:
        return divisorLatch ? state.divisor & 0xff : this.#receive();
      case REGISTER.interruptEnable:
        return divisorLatch ? state.divisor >> 8 : state.interruptEnable;
      case REGISTER.interruptId:
        return this.#readInterruptId();
      case REGISTER.lineControl:
        return state.lineControl;
      case REGISTER.modemControl:
        return state.modemControl;
      case REGISTER.lineStatus:
        return this.#readLineStatus();
      case REGISTER.modemStatus:
        return this.#readModemStatus();
      default:
        return state.scratch;
    }
  }

  write(port: number, _size: number, value: number): void {
    const state = this.#state;
    const divisorLatch = (state.lineControl & LCR_DLAB) !== 0;
    switch (port & 7) {
      case REGISTER.data:
        if (divisorLatch) state.divisor = (state.divisor & 0xff00) | value;
        else this.#transmit(value);
        break;
      case REGISTER.interruptEnable:
        if (divisorLatch) state.divisor = (state.divisor & 0xff) | (value << 8);
        else this.#enableInterrupts(value & IER.all);
        break;
      case REGISTER.interruptId:
        this.#controlFifo(value);
        break;
      case REGISTER.lineControl:
        state.lineControl = value;
        break;
      case REGISTER.modemControl:
        this.#controlModem(value & MCR.all);
        break;
      case REGISTER.scratch:
        state.scratch = value;
        break;
      // Line and modem status are for reading.
    }
    this.#updateLine();
  }

  get #inLoopback(): boolean {
    return (this.#state.modemControl & MCR.loopback) !== 0;
  }

  /** Bytes that stand ready in the receiver, at most a FIFO full. */
  get #ready(): number {
    const { loopbackCount, inputPosition } = this.#state;
    if (this.#inLoopback || loopbackCount > 0) return loopbackCount;
    return Math.min(FIFO_SIZE, Math.max(0, this.#input.length - inputPosition));
  }

  #receive(): number {
    const state = this.#state;
    if (this.#ready === 0) return 0;
    let byte;
    if (state.loopbackCount > 0) {
      byte = state.loopback[0]!;
      state.loopback.copyWithin(0, 1);
      state.loopbackCount--;
    } else {
      byte = this.#input[state.inputPosition++]!;
    }
    this.#updateLine();
    return byte;
  }

  #transmit(byte: number): void {
    const state = this.#state;
    // The interrupt goes away with the write and comes back at once: an edge for the controller.
    state.transmitterEmptied = false;
    this.#updateLine();
    if (this.#inLoopback) this.#loopBack(byte);
    else this.#output(byte, COM1);
    state.transmitterEmptied = true;
  }

  #loopBack(byte: number): void {
    const state = this.#state;
    const room = state.fifoControl & FCR.enable ? FIFO_SIZE : 1;
    if (state.loopbackCount >= room) {
      state.overrun = true;
      return;
    }
    state.loopback[state.loopbackCount++] = byte;
  }

  #enableInterrupts(value: number): void {
    const state = this.#state;
    const newlyEnabled = value & ~state.interruptEnable;
    state.interruptEnable = value;
    if (newlyEnabled & IER.transmit) state.transmitterEmptied = true;
  }

  #controlFifo(value: number): void {
    const state = this.#state;
    const toggled = ((value ^ state.fifoControl) & FCR.enable) !== 0;
    if (toggled || value & FCR.clearReceiver) state.loopbackCount = 0;
    state.fifoControl = value & FCR.enable ? value & FCR.kept : 0;
  }

  #controlModem(value: number): void {
    const state = this.#state;
    const before = modemLines(state.modemControl);
    state.modemControl = value;
    state.modemDelta |= modemDeltas(before, modemLines(value));
  }

  #readLineStatus(): number {
    const { overrun } = this.#state;
    this.#state.overrun = false;
    this.#updateLine();
    return (
      LSR.transmitterEmpty | (overrun ? LSR.overrun : 0) | (this.#ready > 0 ? LSR.dataReady : 0)
    );
  }

  #readModemStatus(): number {
    const value = modemLines(this.#state.modemControl) | this.#state.modemDelta;
    this.#state.modemDelta = 0;
    this.#updateLine();
    return value;
  }

  #readInterruptId(): number {
    const id = interruptId(this.#state, this.#ready);
    if (id === IIR.transmit) {
      this.#state.transmitterEmptied = false;
      this.#updateLine();
    }
    return id | (this.#state.fifoControl & FCR.enable ? IIR.fifosEnabled : 0);
  }

  #updateLine(): void {
    this.#irq(interruptId(this.#state, this.#ready) !== IIR.none);
  }

  save(): Uint8Array {
    return uartState.encode(this.#state);
  }

  restore(bytes: Uint8Array): void {
    const state = uartState.decode(bytes);
    state.loopbackCount = Math.min(state.loopbackCount, FIFO_SIZE);
    this.#state = state;
  }
}
