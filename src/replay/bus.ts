import type { Bus } from '../machine/access-bus.js';
import type { MemoryRow } from './step-result.js';
import type { FedAccess } from '../trace/read/stream/step-feed.js';

/** Reads of one kind that wait to be answered, in order. */
class Answers {
  #reads: readonly FedAccess[] = [];
  #next = 0;
  /** Bytes of the next read that were given already. */
  #given = 0;

  expect(accesses: readonly FedAccess[]): void {
    if (accesses.length === 0 && this.#reads.length === 0) return;
    this.#reads = accesses.filter((access) => !access.write);
    this.#next = 0;
    this.#given = 0;
  }

  /** Fills `data`; false where the trace has no such read. */
  give(address: number, data: Uint8Array): boolean {
    const access = this.#reads[this.#next];
    if (access?.address !== address || this.#given + data.length > access.data.length) {
      return false;
    }
    // KVM may ask piece by piece for what is one row: string I/O.
    data.set(access.data.subarray(this.#given, this.#given + data.length));
    this.#given += data.length;
    if (this.#given === access.data.length) {
      this.#next++;
      this.#given = 0;
    }
    return true;
  }
}

/**
 * Answers the guest's accesses from the trace. What does not fit (another port, more than was
 * recorded) reads as all ones here and is found when the step is compared.
 */
export class ReplayBus implements Bus {
  /** Answers given. */
  fed = 0;
  readonly #mirror: Bus | undefined;
  readonly #ports = new Answers();
  readonly #mmio = new Answers();
  readonly #writeMemory: (gpa: number, bytes: Uint8Array) => void;
  /** What devices wrote to memory in the step, until it is written. */
  #dma: readonly MemoryRow[] = [];
  #dmaBytes = 0;

  /**
   * @param mirror hears every access, too; what it answers does not count
   * @param writeMemory writes guest memory in the place of a device
   */
  constructor(mirror: Bus | undefined, writeMemory: (gpa: number, bytes: Uint8Array) => void) {
    this.#mirror = mirror;
    this.#writeMemory = writeMemory;
  }

  /** What the next step read when it was recorded, in order. */
  expect(ports: readonly FedAccess[], mmio: readonly FedAccess[]): void {
    this.#ports.expect(ports);
    this.#mmio.expect(mmio);
  }

  /** What devices wrote to memory in the next step, with the number of bytes that was recorded of it. */
  expectDma(rows: readonly MemoryRow[], bytes: number): void {
    this.#dma = rows;
    this.#dmaBytes = bytes;
  }

  takeDmaBytes(): number {
    this.#mirror?.takeDmaBytes?.();
    const bytes = this.#dmaBytes;
    this.#dmaBytes = 0;
    return bytes;
  }

  portRead(port: number, size: number, data: Uint8Array): void {
    this.#mirror?.portRead(port, size, data);
    this.#answer(this.#ports, port, data);
  }

  portWrite(port: number, size: number, data: Uint8Array): void {
    // Compared when the step is.
    this.#mirror?.portWrite(port, size, data);
    this.#transfer();
  }

  mmioRead(gpa: number, data: Uint8Array): void {
    this.#mirror?.mmioRead(gpa, data);
    this.#answer(this.#mmio, gpa, data);
  }

  mmioWrite(gpa: number, data: Uint8Array): void {
    this.#mirror?.mmioWrite(gpa, data);
    this.#transfer();
  }

  /** Devices write when the guest tells them to: at its first write. */
  #transfer(): void {
    for (const { gpa, size, value } of this.#dma) {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
      this.#writeMemory(gpa, bytes.subarray(0, size));
    }
    this.#dma = [];
  }

  #answer(answers: Answers, address: number, data: Uint8Array): void {
    if (answers.give(address, data)) this.fed++;
    else data.fill(0xff);
  }
}
