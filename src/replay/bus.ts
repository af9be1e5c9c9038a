import type { Bus } from '../machine/access-bus.js';
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

  /** @param mirror hears every access, too; what it answers does not count */
  constructor(mirror: Bus | undefined) {
    this.#mirror = mirror;
  }

  /** What the next step read when it was recorded, in order. */
  expect(ports: readonly FedAccess[], mmio: readonly FedAccess[]): void {
    this.#ports.expect(ports);
    this.#mmio.expect(mmio);
  }

  portRead(port: number, size: number, data: Uint8Array): void {
    this.#mirror?.portRead(port, size, data);
    this.#answer(this.#ports, port, data);
  }

  portWrite(port: number, size: number, data: Uint8Array): void {
    // Compared when the step is.
    this.#mirror?.portWrite(port, size, data);
  }

  mmioRead(gpa: number, data: Uint8Array): void {
    this.#mirror?.mmioRead(gpa, data);
    this.#answer(this.#mmio, gpa, data);
  }

  mmioWrite(gpa: number, data: Uint8Array): void {
    this.#mirror?.mmioWrite(gpa, data);
  }

  #answer(answers: Answers, address: number, data: Uint8Array): void {
    if (answers.give(address, data)) this.fed++;
    else data.fill(0xff);
  }
}
