import { TWO_32, wide, wideNumber } from '../base/halves.js';
import type { Direction, INPUT_KINDS } from '../trace/format/events.js';
import type { EventSink, Interruption } from '../trace/format/event-sink.js';
import { MAX_REGISTERS } from '../trace/format/registers.js';
import type { FedStep } from '../trace/read/stream/step-feed.js';
import { sameEvents, type StepEvents } from './step-events.js';

/** gpa low, gpa high, size, low, high. */
const ROW_WORDS = 5;

type MutableEvents = { [K in keyof StepEvents]: StepEvents[K][number][] };

/**
 * What the replayed step did, merged as the trace has it: the last value of each register and memory
 * row counts.
 */
export class StepResult implements EventSink {
  instruction = -1;
  readonly #values = new Int32Array(2 * MAX_REGISTERS);
  /** Values are those of the step where the stamp is the step's. */
  readonly #stamps = new Int32Array(MAX_REGISTERS);
  #stamp = 0;
  readonly #ids = new Int32Array(MAX_REGISTERS);
  #idCount = 0;
  /** Rows in the order in which they were sent. */
  #rows = new Int32Array(64 * ROW_WORDS);
  #rowsLength = 0;
  /** Undefined for the most of steps. */
  #events: MutableEvents | undefined;

  /** Begins a step. */
  step(instruction: number, changed: number, after: Int32Array): void {
    this.begin();
    this.instruction = instruction;
    for (let mask = changed; mask !== 0; mask &= mask - 1) {
      const id = 31 - Math.clz32(mask & -mask);
      this.register(id, after[2 * id]!, after[2 * id + 1]!);
    }
  }

  /** Forgets what was sent so far. */
  begin(): void {
    this.instruction = -1;
    this.#stamp = (this.#stamp + 1) | 0;
    this.#idCount = 0;
    this.#rowsLength = 0;
    this.#events = undefined;
  }

  register(id: number, low: number, high: number): void {
    if (this.#stamps[id] !== this.#stamp) {
      this.#stamps[id] = this.#stamp;
      this.#ids[this.#idCount++] = id;
    }
    this.#values[2 * id] = low;
    this.#values[2 * id + 1] = high;
  }

  memory(gpa: number, size: number, low: number, high: number): void {
    let at = this.#rowsLength;
    if (at === this.#rows.length) this.#grow();
    const rows = this.#rows;
    rows[at++] = gpa | 0;
    rows[at++] = Math.floor(gpa / TWO_32);
    rows[at++] = size;
    rows[at++] = low;
    rows[at++] = high;
    this.#rowsLength = at;
  }

  unchangedPage(): void {
    // Depends on how KVM reports dirty pages, not on the execution.
  }

  port(direction: Direction, port: number, size: number, count: number, data: Uint8Array): void {
    const write = direction === 1;
    this.#rare().ports.push({ write, address: port, size, count, data: data.slice() });
  }

  mmio(direction: Direction, gpa: number, data: Uint8Array): void {
    const access = { write: direction === 1, address: gpa, size: data.length, count: 1 };
    this.#rare().mmio.push({ ...access, data: data.slice() });
  }

  interruption(event: Interruption): void {
    this.#rare().interruptions.push(event);
  }

  input(kind: (typeof INPUT_KINDS)[number], value: bigint): void {
    this.#rare().inputs.push({ kind, value });
  }

  assisted(): void {
    // How the step was made to happen, not what it did.
  }

  /** Whether the step did exactly what the trace says. */
  equals(fed: FedStep): boolean {
    return (
      this.instruction === fed.instruction &&
      this.#registersEqual(fed) &&
      this.#memoryEqual(fed) &&
      sameEvents(this.#events, fed)
    );
  }

  /** The registers that were sent, by id. */
  registers(): Map<number, bigint> {
    const found = new Map<number, bigint>();
    for (const id of this.#ids.subarray(0, this.#idCount).toSorted()) {
      found.set(id, wide(this.#values[2 * id]!, this.#values[2 * id + 1]!));
    }
    return found;
  }

  /** The memory rows that were sent. */
  rows(): MemoryRow[] {
    return memoryRows(this.#rows, 0, this.#rowsLength / ROW_WORDS);
  }

  get events(): StepEvents {
    return this.#events ?? { ports: [], mmio: [], interruptions: [], inputs: [] };
  }

  #registersEqual(fed: FedStep): boolean {
    const { words, registerCount, registersAt } = fed;
    if (registerCount !== this.#idCount) return false;
    const end = registersAt + registerCount * 3;
    for (let i = registersAt; i < end; i += 3) {
      const id = words[i]!;
      if (this.#stamps[id] !== this.#stamp) return false;
      if (this.#values[2 * id] !== words[i + 1]) return false;
      if (this.#values[2 * id + 1] !== words[i + 2]) return false;
    }
    return true;
  }

  #memoryEqual(fed: FedStep): boolean {
    const { words, memoryAt } = fed;
    const count = fed.memoryCount * ROW_WORDS;
    if (this.#rowsLength === count) {
      let i = 0;
      while (i < count && this.#rows[i] === words[memoryAt + i]) i++;
      if (i === count) return true;
    }
    // Rows that a delivery changed again were sent twice, or are in another order.
    if (this.#rowsLength === 0 || count === 0) return false;
    const recorded = rowMap(memoryRows(words, memoryAt, fed.memoryCount));
    const replayed = rowMap(this.rows());
    return (
      recorded.size === replayed.size &&
      [...recorded].every(([key, value]) => replayed.get(key) === value)
    );
  }

  #rare(): MutableEvents {
    return (this.#events ??= { ports: [], mmio: [], interruptions: [], inputs: [] });
  }

  #grow(): void {
    const rows = new Int32Array(2 * this.#rows.length);
    rows.set(this.#rows);
    this.#rows = rows;
  }
}

/** `size` bytes at `gpa` are `value`. */
export interface MemoryRow {
  readonly gpa: number;
  readonly size: number;
  readonly value: bigint;
}

/** Decodes `count` rows from index `start` on. */
export function memoryRows(words: Int32Array, start: number, count: number): MemoryRow[] {
  return Array.from({ length: count }, (_, row) => {
    const at = start + row * ROW_WORDS;
    const size = words[at + 2]!;
    return {
      gpa: wideNumber(words[at]!, words[at + 1]!),
      size,
      // As it stands: bits beyond the size are none that a step writes.
      value: wide(words[at + 3]!, words[at + 4]!),
    };
  });
}

/** Values by address and size: of rows for the same place the last counts. */
function rowMap(rows: readonly MemoryRow[]): Map<string, bigint> {
  return new Map(rows.map(({ gpa, size, value }) => [`${gpa}:${size}`, value]));
}
