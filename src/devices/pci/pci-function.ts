import type { PortHandler } from '../bus.js';
import type { Device } from '../device.js';
import { stateCodec } from '../state-codec.js';
import type { ConfigSpace } from './config-space.js';

/** Ports that a function answers as its configuration now says. */
export interface PortWindow {
  readonly first: number;
  readonly count: number;
  readonly handler: PortHandler;
}

/** Where a function is on bus 0. */
export interface PciAddress {
  /** 0–31. */
  readonly slot: number;
  /** 0–7. */
  readonly function: number;
}

/** A function on PCI bus 0 that the bus asks for its configuration. */
export interface PciFunction extends Device {
  readonly address: PciAddress;
  readonly config: ConfigSpace;
  /** Nothing where it has none, or does not decode them now. */
  windows(): readonly PortWindow[];
}

/** A function that is nothing but its configuration: a bridge. */
export class PassiveFunction implements PciFunction {
  readonly name: string;
  readonly address: PciAddress;
  readonly config: ConfigSpace;
  readonly ports = [];
  readonly #codec;

  constructor(name: string, address: PciAddress, config: ConfigSpace) {
    this.name = name;
    this.address = address;
    this.config = config;
    this.#codec = stateCodec(name, { config: 'bytes256' });
  }

  windows(): readonly PortWindow[] {
    return [];
  }

  read(): number {
    return 0xff;
  }

  write(): void {
    // It has no ports.
  }

  save(): Uint8Array {
    return this.#codec.encode({ config: this.config.bytes });
  }

  restore(bytes: Uint8Array): void {
    this.config.restore(this.#codec.decode(bytes).config);
  }
}
