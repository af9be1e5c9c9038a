import { machineError } from '../../base/errors.js';
import type { Bus } from '../../machine/access-bus.js';
import type { FastLogWriter } from '../../trace/fast/fast-log-writer.js';
import type { FastEntry } from '../../trace/fast/entry.js';

/** Has devices answer, and logs what was exchanged. */
export class LoggingBus implements Bus {
  readonly #devices: Bus;
  readonly #log: FastLogWriter;

  constructor(devices: Bus, log: FastLogWriter) {
    this.#devices = devices;
    this.#log = log;
  }

  portRead(port: number, size: number, data: Uint8Array): void {
    this.#devices.portRead(port, size, data);
    this.#add('in', port, size, data);
  }

  portWrite(port: number, size: number, data: Uint8Array): void {
    this.#add('out', port, size, data);
    this.#devices.portWrite(port, size, data);
  }

  mmioRead(gpa: number, data: Uint8Array): void {
    this.#devices.mmioRead(gpa, data);
    this.#add('read', gpa, data.length, data);
  }

  mmioWrite(gpa: number, data: Uint8Array): void {
    this.#add('write', gpa, data.length, data);
    this.#devices.mmioWrite(gpa, data);
  }

  takeDmaBytes(): number {
    const bytes = this.#devices.takeDmaBytes?.() ?? 0;
    if (bytes === 0) return 0;
    throw machineError(
      'a device wrote guest memory itself (DMA), which the log of --fast does not hold: record without --fast',
    );
  }

  #add(kind: FastEntry['kind'], address: number, size: number, data: Uint8Array): void {
    this.#log.add({ kind, address, size, data: data.slice(), registers: undefined });
  }
}
