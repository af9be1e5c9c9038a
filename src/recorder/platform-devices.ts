import type { Stop } from '../stepper/stop.js';
import type { Stepper } from '../stepper/stepper.js';
import type { GuestDevices } from './guest-devices.js';

export class PlatformDevices implements GuestDevices {
  stop: Stop | undefined;
  exitCode: number | undefined;
  readonly #output: (b: Uint8Array) => void;
  constructor(_input: Uint8Array, onOutput: (bytes: Uint8Array) => void) {
    this.#output = onOutput;
  }
  interruptFor(_s: Stepper, _n: number): number | undefined {
    return undefined;
  }
  wake(): boolean {
    return false;
  }
  canInterrupt(): boolean {
    return false;
  }
  save(): Uint8Array {
    return new Uint8Array();
  }
  portRead(port: number, _size: number, data: Uint8Array): void {
    data.fill(port === 0x3fd ? 0x60 : 0xff);
  }
  portWrite(port: number, _size: number, data: Uint8Array): void {
    if (port === 0x3f8 || port === 0xe9) this.#output(data.slice());
    if (port === 0xf4) {
      this.exitCode = data[0]!;
      this.stop = { reason: 'debug-exit', detail: 'the guest ended with code ' + data[0]! };
    }
  }
  mmioRead(_g: number, data: Uint8Array): void {
    data.fill(0xff);
  }
  mmioWrite(): void {
    /* */
  }
}
