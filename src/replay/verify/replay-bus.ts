import type { Bus } from '../../stepper/bus.js';
import type { FedAccess } from '../../trace/step-feed.js';

/**
 * Answers the guest's accesses from the trace. What does not fit (another port, more than was
 * recorded) reads as all ones here and is found when the step is compared.
 */
export class ReplayBus implements Bus {
  /** Answers given. */
  fed = 0;
  #reads: FedAccess[] = [];
  #at = 0;

  /** What the next step read when it was recorded, in order. */
  expect(ports: readonly FedAccess[], mmio: readonly FedAccess[]): void {
    if (ports.length === 0 && mmio.length === 0) {
      if (this.#reads.length !== 0) this.#reads = [];
      return;
    }
    this.#reads = [...ports, ...mmio].filter((access) => !access.write);
    this.#at = 0;
  }

  portRead(port: number, _size: number, data: Uint8Array): void {
    this.#answer(port, data);
  }

  portWrite(): void {
    // Compared when the step is.
  }

  mmioRead(gpa: number, data: Uint8Array): void {
    this.#answer(gpa, data);
  }

  mmioWrite(): void {
    // Compared when the step is.
  }

  /** KVM may ask piece by piece for what is one row: string I/O. */
  #answer(address: number, data: Uint8Array): void {
    const access = this.#reads[0];
    if (access?.address !== address || this.#at + data.length > access.data.length) {
      data.fill(0xff);
      return;
    }
    data.set(access.data.subarray(this.#at, this.#at + data.length));
    this.#at += data.length;
    this.fed++;
    if (this.#at === access.data.length) {
      this.#reads.shift();
      this.#at = 0;
    }
  }
}
