import type { Request } from '../abi/ioctl.js';
import type { KvmHost } from './host.js';

/** A file descriptor of KVM's, with the host that it is of. */
export class KvmFd {
  readonly host: KvmHost;
  #number: number;

  constructor(host: KvmHost, number: number) {
    this.host = host;
    this.#number = number;
  }

  /** -1 after close. */
  get number(): number {
    return this.#number;
  }

  get isOpen(): boolean {
    return this.#number >= 0;
  }

  /** See `KvmHost.ioctl`. */
  ioctl(request: Request, argument?: number | Uint8Array): number {
    return this.host.ioctl(this.#number, request, argument);
  }

  /** Again is harmless. */
  close(): void {
    if (this.#number < 0) return;
    this.host.close(this.#number);
    this.#number = -1;
  }
}
