import { inputError } from '../../base/errors.js';
import type { Device, Line } from '../device.js';
import {
  latchCount,
  latchStatus,
  passPeriods,
  readCount,
  setGate,
  setMode,
  writeCount,
} from './access.js';
import { COUNTER_FIELDS, nextRise, output, rises, type PitCounter } from './counter.js';
import { stateCodec } from '../state-codec.js';

const COUNTERS = 0x40;
const CONTROL = 0x43;
const SYSTEM_CONTROL = 0x61;

/** Port 0x61: what the guest sets (3:0), the refresh clock and counter 2's output. */
const SYSTEM = { gate2: 0x01, writable: 0x0f, refresh: 0x10, out2: 0x20 } as const;
const MAX_TICKS = 0x10000;
/** Ticks between two refreshes: 15 µs. */
const REFRESH_TICKS = 18;

/** Frequency of the counters' clock in Hz: a twelfth of 14.31818 MHz. */
export const TICKS_PER_SECOND = 1_193_182;

/**
 * Steps per tick of the PIT. With the 1.193182 MHz that a PC's PIT runs at, 8 steps a tick make a
 * processor of some 9.5 million instructions a second.
 */
export const DEFAULT_STEPS_PER_TICK = 8;

const counterState = stateCodec('pit', COUNTER_FIELDS);
const boardState = stateCodec('pit', { now: 'u53', system: 'u8' });
const SAVED_BYTES = boardState.sizeBytes + 3 * counterState.sizeBytes;

/**
 * The 8254 timer and port 0x61, clocked by steps: tick t begins before step t * stepsPerTick.
 * Counter 0 drives IRQ0; its gate and counter 1's are always open. Nothing counts until the guest
 * has programmed it: there is no BIOS that would have.
 */
export class Pit8254 implements Device {
  readonly name = 'pit';
  readonly ports = [
    { first: COUNTERS, count: 4 },
    { first: SYSTEM_CONTROL, count: 1 },
  ];
  readonly #irq: Line;
  readonly #stepsPerTick: number;
  #counters: PitCounter[];
  #board = boardState.initial();

  constructor(options: { irq: Line; stepsPerTick?: number | undefined }) {
    this.#irq = options.irq;
    this.#stepsPerTick = options.stepsPerTick ?? DEFAULT_STEPS_PER_TICK;
    this.#counters = [0, 1, 2].map((index) => ({
      ...counterState.initial(),
      ...{ mode: 3, access: 3, gate: index !== 2, reload: MAX_TICKS },
    }));
  }

  tick(step: number): void {
    const now = Math.floor(step / this.#stepsPerTick);
    const timer = this.#counters[0]!;
    if (rises(timer, this.#board.now, now)) {
      this.#irq(false);
      this.#irq(true);
    }
    this.#board.now = now;
    for (const counter of this.#counters) passPeriods(counter, now);
  }

  nextEventStep(): number {
    return nextRise(this.#counters[0]!, this.#board.now) * this.#stepsPerTick;
  }

  read(port: number): number {
    const { now } = this.#board;
    if (port === SYSTEM_CONTROL) return this.#readSystemControl();
    if (port === CONTROL) return 0xff;
    return readCount(this.#counters[port - COUNTERS]!, now);
  }

  #readSystemControl(): number {
    const { now, system } = this.#board;
    const refresh = Math.floor(now / REFRESH_TICKS) % 2 === 1;
    return (
      system | (refresh ? SYSTEM.refresh : 0) | (output(this.#counters[2]!, now) ? SYSTEM.out2 : 0)
    );
  }

  write(port: number, _size: number, value: number): void {
    const { now } = this.#board;
    if (port === SYSTEM_CONTROL) {
      this.#board.system = value & SYSTEM.writable;
      setGate(this.#counters[2]!, (value & SYSTEM.gate2) !== 0, now);
    } else if (port === CONTROL) this.#control(value);
    else writeCount(this.#counters[port - COUNTERS]!, value, now);
  }

  #control(value: number): void {
    const { now } = this.#board;
    const selected = value >> 6;
    if (selected === 3) {
      this.#readBack(value);
      return;
    }
    const counter = this.#counters[selected]!;
    if ((value & 0x30) === 0) latchCount(counter, now);
    else setMode(counter, value);
  }

  /** Bits 5 and 4, active low: count, status; bits 3:1 select counters. */
  #readBack(value: number): void {
    const { now } = this.#board;
    for (const [index, counter] of this.#counters.entries()) {
      if (!(value & (2 << index))) continue;
      if (!(value & 0x20)) latchCount(counter, now);
      if (!(value & 0x10)) latchStatus(counter, now);
    }
  }

  save(): Uint8Array {
    const counters = this.#counters.map((counter) => counterState.encode(counter));
    return Buffer.concat([boardState.encode(this.#board), ...counters]);
  }

  restore(bytes: Uint8Array): void {
    if (bytes.length !== SAVED_BYTES) {
      throw inputError(
        `The snapshot has ${bytes.length} bytes for the device pit instead of ${SAVED_BYTES}: it is broken, or of another version of kvmtrace; record again.`,
      );
    }
    const board = boardState.decode(bytes.subarray(0, boardState.sizeBytes));
    const counters = [0, 1, 2].map((index) => {
      const start = boardState.sizeBytes + index * counterState.sizeBytes;
      return counterState.decode(bytes.subarray(start, start + counterState.sizeBytes));
    });
    if (!counters.every((counter) => isSane(counter, board.now))) {
      throw inputError(
        'The snapshot has a counter of the device pit in a state that it cannot have: it is broken; record again.',
      );
    }
    this.#board = board;
    this.#counters = counters;
  }
}

/** A period of no ticks would never end, and nothing was counted before the first tick. */
function isSane(counter: PitCounter, now: number): boolean {
  const { mode, access, reload, loadedAt, stoppedAfter, nextReload } = counter;
  const periods = reload > 0 && reload <= MAX_TICKS && nextReload <= MAX_TICKS;
  return mode <= 5 && access <= 3 && periods && loadedAt <= now + 1 && stoppedAfter <= now;
}
