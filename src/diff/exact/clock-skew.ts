/**
 * Devices after an excursion. They answer by how many steps the guest ran and by what it asked of them
 * before, so that what they answer otherwise afterwards is the excursion's doing. The one thing that
 * comes from outside is the input of COM1.
 */
import { PAGE_BYTES } from '../../base/page.js';
import type { TaintEdge, StepOfBoth } from '../dataflow/taint-edges.js';
import type { Pair, Side } from '../side.js';
import type { DifferingInput } from './compare-events.js';
import type { ResyncPoint } from './resync.js';
import { isSerialPort, SerialInput } from './serial-input.js';

/** Steps whose accesses are read at a time. */
const BATCH = 1 << 16;

/** Why a device answers otherwise: the excursion, or another byte of COM1's input. */
export type Skewed = { readonly since: TaintEdge } | { readonly inputByte: number };

/** Keeps what excursions did to the devices, to explain inputs that differ afterwards. */
export class ClockSkew {
  readonly #pair: Pair;
  /** Accesses that b made more than a, by device and register. */
  readonly #more = new Map<number, Map<string, number>>();
  /** The newest excursion after which a device was asked otherwise. */
  readonly #since = new Map<number, TaintEdge>();
  /** Steps that b is ahead of a. */
  #ahead: number;
  readonly #aheadAtStart: number;
  /** The newest excursion that took the two different numbers of steps. */
  #clock: TaintEdge | undefined;
  #input: { readonly a: SerialInput; readonly b: SerialInput } | undefined;

  constructor(pair: Pair, start: StepOfBoth) {
    this.#pair = pair;
    this.#ahead = this.#aheadAtStart = start.stepB - start.stepA;
  }

  /** Between `from` and `to` the two went different ways because of `edge`. */
  addExcursion(from: ResyncPoint, to: ResyncPoint, edge: TaintEdge): void {
    const ahead = to.stepB - to.stepA;
    if (ahead === this.#aheadAtStart) this.#clock = undefined;
    else if (ahead !== this.#ahead) this.#clock = edge;
    this.#ahead = ahead;
    const devices = new Set<number>();
    for (const [side, start, end, sign] of [
      [this.#pair.a, from.stepA, to.stepA, -1],
      [this.#pair.b, from.stepB, to.stepB, 1],
    ] as const) {
      for (const [device, register] of accesses(side, start, end)) {
        this.#count(device, register, sign);
        devices.add(device);
      }
    }
    for (const device of devices) {
      if (this.#more.get(device)!.size === 0) this.#since.delete(device);
      else this.#since.set(device, edge);
    }
  }

  /** Undefined where nothing that happened before explains that the input differs. */
  explain({ source, ignored }: DifferingInput, at: StepOfBoth): Skewed | undefined {
    if (ignored || source === undefined) return undefined;
    const since = this.#sinceOf(source);
    if (since === undefined) return undefined;
    const inputByte = isSerial(source) ? this.#otherByte(at) : undefined;
    return inputByte === undefined ? { since } : { inputByte };
  }

  #sinceOf(source: NonNullable<DifferingInput['source']>): TaintEdge | undefined {
    if (source === 'interrupt') return this.#clock ?? [...this.#since.values()].at(-1);
    return this.#since.get(deviceOf(source.kind, source.address)) ?? this.#clock;
  }

  /** The number of the byte, if what COM1 was given differs where either side reads. */
  #otherByte({ stepA, stepB }: StepOfBoth): number | undefined {
    this.#input ??= { a: new SerialInput(this.#pair.a), b: new SerialInput(this.#pair.b) };
    const { a, b } = this.#input;
    return [a.position(stepA), b.position(stepB)].find((at) => a.bytes[at] !== b.bytes[at]);
  }

  #count(device: number, register: string, by: number): void {
    let more = this.#more.get(device);
    if (more === undefined) this.#more.set(device, (more = new Map<string, number>()));
    const sum = (more.get(register) ?? 0) + by;
    if (sum === 0) more.delete(register);
    else more.set(register, sum);
  }
}

function isSerial(source: NonNullable<DifferingInput['source']>): boolean {
  return source !== 'interrupt' && source.kind === 'port' && isSerialPort(source.address);
}

/** Registers of a device are neighbours: 8 ports, or a page of MMIO, which is told by its sign. */
function deviceOf(kind: 'port' | 'mmio', address: number): number {
  return kind === 'port' ? address >> 3 : -1 - Math.floor(address / PAGE_BYTES);
}

/** The device and the register of each access. */
function* accesses({ file }: Side, from: number, to: number): Generator<[number, string]> {
  for (let start = from; start < to; start += BATCH) {
    const end = Math.min(to, start + BATCH);
    for (const { port, direction, count } of file.events.ports(start, end)) {
      for (let i = 0; i < count; i++) yield [deviceOf('port', port), `${direction} ${port}`];
    }
    for (const { gpa, direction } of file.events.mmio(start, end)) {
      yield [deviceOf('mmio', gpa), `${direction} ${gpa}`];
    }
  }
}
