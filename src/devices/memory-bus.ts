import { hex } from '../base/number-text.js';
import { assert } from '../base/errors.js';
import type { Device, MemoryHandler, MemoryRange } from './device.js';

interface Slot extends MemoryRange {
  readonly handler: MemoryHandler;
}

/** Guest-physical addresses that are no RAM, and who answers them. */
export class MemoryBus {
  readonly #slots: Slot[] = [];

  /** Connects a device at its addresses. They must be free. */
  connect({ memory }: Device): void {
    for (const { first, size } of memory?.ranges ?? []) {
      const isFree = this.#slots.every(
        (slot) => first >= slot.first + slot.size || slot.first >= first + size,
      );
      assert(isFree, `the address ${hex(first)} is taken twice`);
      this.#slots.push({ first, size, handler: memory! });
    }
  }

  /** Fills `data` (1 to 8 bytes) with what is read at `gpa`: all ones where nobody answers all of it. */
  read(gpa: number, data: Uint8Array): void {
    const handler = this.#handlerOf(gpa, data.length);
    if (handler === undefined) data.fill(0xff);
    else handler.read(gpa, data);
  }

  /** Writes `data` (1 to 8 bytes) at `gpa`; nothing happens where nobody takes all of it. */
  write(gpa: number, data: Uint8Array): void {
    this.#handlerOf(gpa, data.length)?.write(gpa, data);
  }

  #handlerOf(gpa: number, size: number): MemoryHandler | undefined {
    const slot = this.#slots.find(
      (each) => gpa >= each.first && gpa + size <= each.first + each.size,
    );
    return slot?.handler;
  }
}
