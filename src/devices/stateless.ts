import { inputError } from '../base/errors.js';
import type { Device, PortRange } from './device.js';

/** A device that remembers nothing and does nothing by itself. */
export abstract class StatelessDevice implements Device {
  abstract readonly name: string;
  abstract readonly ports: readonly PortRange[];

  abstract read(port: number, size: number): number;
  abstract write(port: number, size: number, value: number): void;

  save(): Uint8Array {
    return new Uint8Array();
  }

  restore(bytes: Uint8Array): void {
    if (bytes.length > 0) {
      throw inputError(
        `The snapshot has ${bytes.length} bytes for the device ${this.name}, which has no state: it is broken; record again.`,
      );
    }
  }
}
