import type { Device, Line } from '../device.js';
import { stateCodec } from '../state-codec.js';
import { answerOf, type Port } from './ps2.js';

const DATA = 0x60;
const COMMAND = 0x64;

/** Bits of the status register (port 0x64, reads). */
const STATUS = {
  outputFull: 0x01,
  system: 0x04,
  command: 0x08,
  unlocked: 0x10,
  mouse: 0x20,
} as const;
/** Bits of the configuration byte. */
const CONFIG = {
  ...{ keyboardInterrupt: 0x01, mouseInterrupt: 0x02, system: 0x04 },
  ...{ keyboardOff: 0x10, mouseOff: 0x20, translate: 0x40 },
} as const;
/** Commands of the controller (port 0x64, writes). */
const CONTROLLER = {
  ...{ readConfig: 0x20, writeConfig: 0x60, mouseOff: 0xa7, mouseOn: 0xa8, testMouse: 0xa9 },
  ...{ selfTest: 0xaa, testKeyboard: 0xab, keyboardOff: 0xad, keyboardOn: 0xae },
  ...{ readOutputPort: 0xd0, writeOutputPort: 0xd1, keyboardOutput: 0xd2, mouseOutput: 0xd3 },
  ...{ toMouse: 0xd4, pulse: 0xf0, reset: 0xfe },
} as const;
/** Commands that a byte at port 0x60 follows. */
const WITH_PARAMETER: ReadonlySet<number> = new Set([
  ...[CONTROLLER.writeConfig, CONTROLLER.writeOutputPort, CONTROLLER.keyboardOutput],
  ...[CONTROLLER.mouseOutput, CONTROLLER.toMouse],
]);
const SELF_TEST_PASSED = 0x55;
const TEST_PASSED = 0x00;
/** The output port: no reset, A20 open. */
const OUTPUT_PORT = 0x03;
const QUEUE_BYTES = 16;

const codec = stateCodec('i8042', {
  config: 'u8',
  /** The command that waits for its parameter, of the controller, the keyboard and the mouse; 0 for none. */
  pending: 'u8',
  keyboardPending: 'u8',
  mousePending: 'u8',
  lastWasCommand: 'flag',
  /** What is to be read, the oldest first, and which of it is the mouse's (a bit a byte). */
  queue: 'bytes16',
  queued: 'u8',
  fromMouse: 'u16',
});

/** How it is connected. */
export interface I8042Options {
  /** IRQ 1. */
  readonly keyboard: Line;
  /** IRQ 12. */
  readonly mouse: Line;
  /** The guest pulls the processor's reset line. */
  readonly reset: () => void;
}

/**
 * The keyboard controller (Intel 8042) with a PS/2 keyboard and mouse that are never touched: their commands
 * are answered. What it is told of A20 changes nothing, as with port 0x92.
 */
export class I8042 implements Device {
  readonly name = 'i8042';
  readonly ports = [
    { first: DATA, count: 1 },
    { first: COMMAND, count: 1 },
  ];
  readonly #options: I8042Options;
  #state = codec.initial();

  constructor(options: I8042Options) {
    this.#options = options;
    this.#state.config = CONFIG.keyboardOff | CONFIG.mouseOff | CONFIG.translate;
  }

  read(port: number): number {
    return port === DATA ? this.#take() : this.#status();
  }

  write(port: number, _size: number, value: number): void {
    this.#state.lastWasCommand = port === COMMAND;
    if (port === COMMAND) this.#command(value);
    else this.#data(value);
    this.#drive();
  }

  #status(): number {
    const { queued, fromMouse, config, lastWasCommand } = this.#state;
    return (
      STATUS.unlocked |
      (queued > 0 ? STATUS.outputFull : 0) |
      (queued > 0 && fromMouse & 1 ? STATUS.mouse : 0) |
      (config & CONFIG.system ? STATUS.system : 0) |
      (lastWasCommand ? STATUS.command : 0)
    );
  }

  #take(): number {
    const state = this.#state;
    const value = state.queue[0]!;
    if (state.queued === 0) return value;
    state.queued--;
    // The last byte stays where it is read again.
    if (state.queued > 0) state.queue.copyWithin(0, 1);
    state.fromMouse >>>= 1;
    this.#options.keyboard(false);
    this.#options.mouse(false);
    this.#drive();
    return value;
  }

  #put(from: Port, ...bytes: readonly number[]): void {
    const state = this.#state;
    for (const byte of bytes) {
      if (state.queued === QUEUE_BYTES) return;
      state.queue[state.queued] = byte;
      if (from === 'mouse') state.fromMouse |= 1 << state.queued;
      else state.fromMouse &= ~(1 << state.queued);
      state.queued++;
    }
  }

  #command(value: number): void {
    const state = this.#state;
    state.pending = WITH_PARAMETER.has(value) ? value : 0;
    switch (value) {
      case CONTROLLER.readConfig:
        this.#put('keyboard', state.config);
        break;
      case CONTROLLER.mouseOff:
        state.config |= CONFIG.mouseOff;
        break;
      case CONTROLLER.mouseOn:
        state.config &= ~CONFIG.mouseOff;
        break;
      case CONTROLLER.testMouse:
      case CONTROLLER.testKeyboard:
        this.#put('keyboard', TEST_PASSED);
        break;
      case CONTROLLER.selfTest:
        state.config |= CONFIG.system;
        this.#put('keyboard', SELF_TEST_PASSED);
        break;
      case CONTROLLER.keyboardOff:
        state.config |= CONFIG.keyboardOff;
        break;
      case CONTROLLER.keyboardOn:
        state.config &= ~CONFIG.keyboardOff;
        break;
      case CONTROLLER.readOutputPort:
        this.#put('keyboard', OUTPUT_PORT);
        break;
      default:
        // Bit 0 of a pulse is the reset line, active low.
        if (value >= CONTROLLER.pulse && (value & 1) === 0) this.#options.reset();
    }
  }

  #data(value: number): void {
    const state = this.#state;
    const { pending } = state;
    state.pending = 0;
    switch (pending) {
      case CONTROLLER.writeConfig:
        state.config = value;
        break;
      case CONTROLLER.writeOutputPort:
        if ((value & 1) === 0) this.#options.reset();
        break;
      case CONTROLLER.keyboardOutput:
        this.#put('keyboard', value);
        break;
      case CONTROLLER.mouseOutput:
        this.#put('mouse', value);
        break;
      case CONTROLLER.toMouse:
        state.config &= ~CONFIG.mouseOff;
        this.#tell('mouse', value);
        break;
      default:
        state.config &= ~CONFIG.keyboardOff;
        this.#tell('keyboard', value);
    }
  }

  #tell(port: Port, value: number): void {
    const key = port === 'keyboard' ? 'keyboardPending' : 'mousePending';
    const { bytes, pending } = answerOf(port, value, this.#state[key]);
    this.#state[key] = pending;
    this.#put(port, ...bytes);
  }

  /** Raises the line of the device whose byte can be read now. */
  #drive(): void {
    const { queued, fromMouse, config } = this.#state;
    const isMouse = (fromMouse & 1) !== 0;
    this.#options.keyboard(queued > 0 && !isMouse && (config & CONFIG.keyboardInterrupt) !== 0);
    this.#options.mouse(queued > 0 && isMouse && (config & CONFIG.mouseInterrupt) !== 0);
  }

  save(): Uint8Array {
    return codec.encode(this.#state);
  }

  restore(bytes: Uint8Array): void {
    this.#state = codec.decode(bytes);
    this.#state.queued = Math.min(this.#state.queued, QUEUE_BYTES);
  }
}
