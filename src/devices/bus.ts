import { hex } from '../base/number-text.js';
import { assert } from '../base/errors.js';
import type { Device } from './device.js';

/** Who answers a port: a device, or a part of one. */
export type PortHandler = Pick<Device, 'read' | 'write'>;

interface Slot {
  readonly device: PortHandler;
  readonly wide: boolean;
}

/** What a port without a device reads as, in `size` bytes: 0xff, 0xffff or 0xffffffff. */
export function allOnes(size: number): number {
  return 2 ** (8 * size) - 1;
}

/** Who answers ports that the guest can move: accesses of 2 and 4 bytes are whole. */
export interface PortDecoder {
  /** The handler of a port that is no device's own, as registers now say. */
  handlerOf(port: number): PortHandler | undefined;
}

/** The 64 Ki I/O ports and who answers them. */
export class PortBus {
  readonly #slots = new Map<number, Slot>();
  #decoder: PortDecoder | undefined;

  /** Asks `decoder` for the ports that no device has. */
  decodeBy(decoder: PortDecoder): void {
    this.#decoder = decoder;
  }

  /** Connects a device at its ports. They must be free. */
  connect(device: Device): void {
    for (const { first, count, wide = false } of device.ports) {
      for (let port = first; port < first + count; port++) {
        assert(!this.#slots.has(port), `port ${hex(port)} is taken twice`);
        this.#slots.set(port, { device, wide });
      }
    }
  }

  /** `size` bytes (1, 2 or 4) at `port`, as an unsigned number. */
  read(port: number, size: number): number {
    const slot = this.#slotOf(port);
    if (size === 1 || slot?.wide) return slot ? slot.device.read(port, size) : allOnes(size);
    let value = 0;
    for (let index = 0; index < size; index++) {
      value += this.read((port + index) & 0xffff, 1) * 2 ** (8 * index);
    }
    return value;
  }

  /** Writes the lowest `size` bytes (1, 2 or 4) of `value`. */
  write(port: number, size: number, value: number): void {
    const slot = this.#slotOf(port);
    if (size === 1 || slot?.wide) {
      slot?.device.write(port, size, value);
      return;
    }
    for (let index = 0; index < size; index++) {
      this.write((port + index) & 0xffff, 1, (value >>> (8 * index)) & 0xff);
    }
  }

  #slotOf(port: number): Slot | undefined {
    const slot = this.#slots.get(port);
    if (slot !== undefined) return slot;
    const device = this.#decoder?.handlerOf(port);
    return device === undefined ? undefined : { device, wide: true };
  }
}
