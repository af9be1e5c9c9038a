import type { Direction } from '../../trace/events.js';
import type { EventSink, Interruption } from '../../trace/event-sink.js';
import type { FedAccess, FedStep } from '../../trace/step-feed.js';

/** Ids of registers in a trace stay below this: MSRs begin at 1000, and KVM lists some hundred. */
const MAX_REGISTERS = 4096;

/** A register or a memory row, as it was recorded and as it was replayed. */
export interface Difference {
  readonly kind: 'register' | 'memory' | 'port' | 'mmio' | 'interruption' | 'instruction';
  /** Register id, gpa, or port. */
  readonly where: number;
  readonly recorded: string | undefined;
  readonly replayed: string | undefined;
}

/**
 * What the replayed step did, merged as the trace has it: the last value of each register and memory
 * row counts.
 */
export class StepResult implements EventSink {
  instruction = -1;
  readonly #values = new Int32Array(2 * MAX_REGISTERS);
  readonly #stamps = new Int32Array(MAX_REGISTERS);
  readonly #registers: number[] = [];
  #stamp = 0;
  /** gpa low, gpa high, size, low, high of each row. */
  #memory: number[] = [];
  #ports: FedAccess[] = [];
  #mmio: FedAccess[] = [];
  #interruptions: Interruption[] = [];

  step(instruction: number, changed: number, after: Int32Array): void {
    this.begin();
    this.instruction = instruction;
    for (let mask = changed; mask !== 0; mask &= mask - 1) {
      const id = 31 - Math.clz32(mask & -mask);
      this.register(id, after[2 * id]!, after[2 * id + 1]!);
    }
  }

  begin(): void {
    this.instruction = -1;
    this.#stamp++;
    this.#registers.length = 0;
    if (this.#memory.length !== 0) this.#memory = [];
    if (this.#ports.length !== 0) this.#ports = [];
    if (this.#mmio.length !== 0) this.#mmio = [];
    if (this.#interruptions.length !== 0) this.#interruptions = [];
  }

  register(id: number, low: number, high: number): void {
    if (this.#stamps[id] !== this.#stamp) {
      this.#stamps[id] = this.#stamp;
      this.#registers.push(id);
    }
    this.#values[2 * id] = low;
    this.#values[2 * id + 1] = high;
  }

  memory(gpa: number, size: number, low: number, high: number): void {
    this.#memory.push(gpa | 0, Math.floor(gpa / 0x1_0000_0000), size, low, high);
  }

  unchangedPage(): void {
    // Depends on how KVM reports dirty pages, not on the execution.
  }

  port(direction: Direction, port: number, size: number, count: number, data: Uint8Array): void {
    this.#ports.push({ write: direction === 1, address: port, size, count, data: data.slice() });
  }

  mmio(direction: Direction, gpa: number, data: Uint8Array): void {
    const size = data.length;
    this.#mmio.push({ write: direction === 1, address: gpa, size, count: 1, data: data.slice() });
  }

  interruption(event: Interruption): void {
    this.#interruptions.push(event);
  }

  input(): void {
    // Fed from the trace; the registers it went to are compared.
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
      (fed.ports.length === 0 && this.#ports.length === 0
        ? true
        : sameAccesses(this.#ports, fed.ports)) &&
      (fed.mmio.length === 0 && this.#mmio.length === 0
        ? true
        : sameAccesses(this.#mmio, fed.mmio)) &&
      (fed.interruptions.length === 0 && this.#interruptions.length === 0
        ? true
        : describeAll(this.#interruptions) === describeAll(fed.interruptions))
    );
  }

  /** What differs, for a report. */
  differences(fed: FedStep): Difference[] {
    return [
      ...this.#registerDifferences(fed),
      ...this.#memoryDifferences(fed),
      ...accessDifferences('port', this.#ports, fed.ports),
      ...accessDifferences('mmio', this.#mmio, fed.mmio),
      ...listDifferences(
        'interruption',
        this.#interruptions.map(describeInterruption),
        fed.interruptions.map(describeInterruption),
      ),
    ];
  }

  #registersEqual(fed: FedStep): boolean {
    const { registers, registerCount } = fed;
    if (registerCount !== this.#registers.length) return false;
    for (let i = 0; i < registerCount * 3; i += 3) {
      const id = registers[i]!;
      if (this.#stamps[id] !== this.#stamp) return false;
      if (this.#values[2 * id] !== registers[i + 1]) return false;
      if (this.#values[2 * id + 1] !== registers[i + 2]) return false;
    }
    return true;
  }

  #memoryEqual(fed: FedStep): boolean {
    const count = fed.memoryCount * 5;
    if (this.#memory.length === count) {
      let i = 0;
      while (i < count && this.#memory[i] === fed.memory[i]) i++;
      if (i === count) return true;
    }
    // Rows that a delivery changed again come twice, or in another order.
    return count + this.#memory.length > 0 && this.#memoryDifferences(fed).length === 0;
  }

  #registerDifferences(fed: FedStep): Difference[] {
    const recorded = new Map<number, string>();
    for (let i = 0; i < fed.registerCount * 3; i += 3) {
      recorded.set(fed.registers[i]!, hex(fed.registers[i + 1]!, fed.registers[i + 2]!));
    }
    const replayed = new Map<number, string>();
    for (const id of this.#registers) {
      replayed.set(id, hex(this.#values[2 * id]!, this.#values[2 * id + 1]!));
    }
    return mapDifferences('register', recorded, replayed, (id) => id);
  }

  #memoryDifferences(fed: FedStep): Difference[] {
    const recorded = memoryRows(fed.memory, fed.memoryCount * 5);
    const replayed = memoryRows(this.#memory, this.#memory.length);
    return mapDifferences('memory', recorded, replayed, (key) => Number(key.split(':')[0]));
  }
}

function memoryRows(words: readonly number[], length: number): Map<string, string> {
  const rows = new Map<string, string>();
  for (let i = 0; i < length; i += 5) {
    const gpa = words[i + 1]! * 0x1_0000_0000 + (words[i]! >>> 0);
    const size = words[i + 2]!;
    rows.set(`${gpa}:${size}`, hex(words[i + 3]!, words[i + 4]!, size));
  }
  return rows;
}

function mapDifferences<K>(
  kind: 'register' | 'memory',
  recorded: ReadonlyMap<K, string>,
  replayed: ReadonlyMap<K, string>,
  where: (key: K) => number,
): Difference[] {
  return [...new Set([...recorded.keys(), ...replayed.keys()])]
    .filter((key) => recorded.get(key) !== replayed.get(key))
    .map((key) => ({
      kind,
      where: where(key),
      recorded: recorded.get(key),
      replayed: replayed.get(key),
    }));
}

function sameAccesses(a: readonly FedAccess[], b: readonly FedAccess[]): boolean {
  return a.length === b.length && a.every((access, i) => describe(access) === describe(b[i]!));
}

function describe({ write, address, size, count, data }: FedAccess): string {
  const bytes = Buffer.from(data).toString('hex');
  const what = `${write ? 'write' : 'read'} 0x${address.toString(16)}`;
  return `${what}, ${count} × ${size} bytes: ${bytes}`;
}

function accessDifferences(
  kind: 'port' | 'mmio',
  replayed: readonly FedAccess[],
  recorded: readonly FedAccess[],
): Difference[] {
  return listDifferences(kind, replayed.map(describe), recorded.map(describe));
}

function listDifferences(
  kind: Difference['kind'],
  replayed: readonly string[],
  recorded: readonly string[],
): Difference[] {
  return Array.from({ length: Math.max(replayed.length, recorded.length) }, (_, where) => ({
    kind,
    where,
    recorded: recorded[where],
    replayed: replayed[where],
  })).filter((difference) => difference.recorded !== difference.replayed);
}

function describeInterruption({ kind, vector, errorCode, cr2, rip }: Interruption): string {
  const error = errorCode === undefined ? '' : ` error 0x${(errorCode >>> 0).toString(16)}`;
  const fault = cr2 === undefined ? '' : ` cr2 0x${cr2.toString(16)}`;
  return `${kind} ${vector} at 0x${rip.toString(16)}${error}${fault}`;
}

function describeAll(events: readonly Interruption[]): string {
  return events.map(describeInterruption).join('\n');
}

function hex(low: number, high: number, size = 8): string {
  const value = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return `0x${BigInt.asUintN(size * 8, value).toString(16)}`;
}
