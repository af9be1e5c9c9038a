import { assert } from '../base/errors.js';
import type { Access, Bus } from '../machine/access-bus.js';
import type { VcpuControl } from './vcpu-control.js';

/**
 * Serves the port and MMIO exits of a step from the bus and keeps what was exchanged. A step that is
 * run again gets the same answers again, and the bus hears nothing twice.
 */
export class AccessServer {
  /** Accesses of the step, in order. */
  readonly accesses: Access[] = [];
  /** Bytes of guest memory that devices wrote in the step. */
  dmaBytes = 0;
  readonly #control: VcpuControl;
  readonly #bus: Bus;
  #replayed = 0;
  #toReplay = 0;

  constructor(control: VcpuControl, bus: Bus) {
    this.#control = control;
    this.#bus = bus;
  }

  /** The step is over. */
  clear(): void {
    if (this.accesses.length === 0) return;
    this.accesses.length = 0;
    this.dmaBytes = 0;
  }

  /** The step is about to run again from its beginning. */
  rewind(): void {
    assert(this.dmaBytes === 0, 'a step is undone in which a device wrote guest memory');
    this.#replayed = 0;
    this.#toReplay = this.accesses.length;
  }

  /** The step goes on beyond what was replayed. */
  stopReplaying(): void {
    this.#toReplay = 0;
  }

  /**
   * Serves the access in the run page and completes the instruction without running on: KVM_RUN with
   * immediate_exit until EINTR or DEBUG. Further access exits on the way belong to the same
   * instruction: pieces of a page-crossing access, the write of a read-modify-write (rule 3).
   *
   * @returns 0, or a negative errno
   */
  serve(): number {
    for (;;) {
      this.#exchange();
      const result = this.#control.complete();
      if (result < 0) return result === -4 ? 0 : result;
      if (!this.#control.exitIsAccess) return 0;
    }
  }

  /** Completes an access that no recorded step made, with whatever is in the run page. */
  abandon(): void {
    while (this.#control.exitIsAccess && this.#control.complete() === 0);
  }

  #exchange(): void {
    const exit = this.#control.vcpu.access();
    const { write, data } = exit;
    if (this.#replayed < this.#toReplay) {
      const access = this.accesses[this.#replayed++]!;
      if (!access.write) data.set(access.data.subarray(0, data.length));
      return;
    }
    if (exit.kind === 'port') this.#exchangePort(exit);
    else if (write) this.#bus.mmioWrite(exit.address, data);
    else this.#bus.mmioRead(exit.address, data);
    this.accesses.push({ ...exit, data: data.slice() });
    this.dmaBytes += this.#bus.takeDmaBytes?.() ?? 0;
  }

  #exchangePort({ write, address, size, data }: Access): void {
    if (write) this.#bus.portWrite(address, size, data);
    else this.#bus.portRead(address, size, data);
  }
}
