/** Offsets in the header of every PCI function (PCI 3.0, 6.1). */
export const PCI = {
  ...{ vendor: 0x00, device: 0x02, command: 0x04, status: 0x06, revision: 0x08, progIf: 0x09 },
  ...{ class: 0x0a, headerType: 0x0e, bar0: 0x10, subsystemVendor: 0x2c, subsystem: 0x2e },
  ...{ interruptLine: 0x3c, interruptPin: 0x3d },
} as const;

/** Bits of the command register. */
export const PCI_COMMAND = { io: 1, memory: 2, busMaster: 4 } as const;

/** Set in `headerType` of function 0 where the device has others. */
export const MULTI_FUNCTION = 0x80;

/** The size of a function's configuration space. */
export const CONFIG_BYTES = 256;

/** What identifies a function. */
export interface PciIdentity {
  readonly vendor: number;
  readonly device: number;
  readonly revision?: number;
  /** Class and subclass. */
  readonly class: number;
  readonly progIf?: number;
  readonly headerType?: number;
}

/** A function's 256 bytes of configuration space, of which the guest can change some bits. */
export class ConfigSpace {
  #bytes = new Uint8Array(CONFIG_BYTES);
  readonly #writable = new Uint8Array(CONFIG_BYTES);

  constructor(identity: PciIdentity) {
    this.define(PCI.vendor, 2, identity.vendor);
    this.define(PCI.device, 2, identity.device);
    this.define(PCI.command, 2, 0, PCI_COMMAND.io | PCI_COMMAND.memory | PCI_COMMAND.busMaster);
    this.define(PCI.revision, 1, identity.revision ?? 0);
    this.define(PCI.progIf, 1, identity.progIf ?? 0);
    this.define(PCI.class, 2, identity.class);
    this.define(PCI.headerType, 1, identity.headerType ?? 0);
    this.define(PCI.interruptLine, 1, 0, 0xff);
  }

  /** A register of `size` bytes (1, 2 or 4): its value after a reset, and the bits that can be written. */
  define(offset: number, size: number, value: number, writable = 0): void {
    for (let index = 0; index < size; index++) {
      this.#bytes[offset + index] = (value >>> (8 * index)) & 0xff;
      this.#writable[offset + index] = (writable >>> (8 * index)) & 0xff;
    }
  }

  /** `size` bytes (1, 2 or 4) from `offset` on, as an unsigned number. */
  read(offset: number, size: number): number {
    let value = 0;
    for (let index = size - 1; index >= 0; index--) {
      value = value * 256 + (this.#bytes[offset + index] ?? 0xff);
    }
    return value;
  }

  /** Changes those bits that can be written. */
  write(offset: number, size: number, value: number): void {
    for (let index = 0; index < size && offset + index < CONFIG_BYTES; index++) {
      const writable = this.#writable[offset + index]!;
      const byte = (value >>> (8 * index)) & 0xff;
      this.#bytes[offset + index] = (this.#bytes[offset + index]! & ~writable) | (byte & writable);
    }
  }

  /** All bytes, for a snapshot. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Takes what `bytes` gave: CONFIG_BYTES bytes. */
  restore(bytes: Uint8Array): void {
    this.#bytes = bytes.slice();
  }
}
