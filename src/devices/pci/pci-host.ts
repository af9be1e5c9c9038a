import { allOnes, type PortDecoder, type PortHandler } from '../bus.js';
import type { Device } from '../device.js';
import { stateCodec } from '../state-codec.js';
import { PCI, PCI_COMMAND } from './config-space.js';
import type { PciFunction } from './pci-function.js';

const ADDRESS = 0xcf8;
const RESET_CONTROL = 0xcf9;
const DATA = 0xcfc;
/** Bit 31 of the address: accesses to the data register are configuration cycles. */
const ENABLE = 0x8000_0000;
/** Bit 2 of the reset control register: a rise resets the machine. */
const RESET = 0x04;

const codec = stateCodec('pci-host', { address: 'u32', resetControl: 'u8' });

/**
 * Configuration mechanism #1 (PCI 3.0, 3.2.2.3.2) and the ports of the functions on bus 0. There are no
 * other buses; a function that is not there reads as all ones.
 */
export class PciHost implements Device, PortDecoder {
  readonly name = 'pci-host';
  readonly ports = [{ first: ADDRESS, count: 8, wide: true }];
  readonly #functions: readonly PciFunction[];
  readonly #reset: () => void;
  #state = codec.initial();

  /** @param reset the guest resets the machine by port 0xcf9 */
  constructor(functions: readonly PciFunction[], reset: () => void) {
    this.#functions = functions;
    this.#reset = reset;
  }

  read(port: number, size: number): number {
    if (port >= DATA) {
      const target = this.#target();
      const offset = this.#offset(port);
      return target === undefined ? allOnes(size) : target.config.read(offset, size);
    }
    if (port === ADDRESS && size === 4) return this.#state.address;
    if (port === RESET_CONTROL && size === 1) return this.#state.resetControl;
    return allOnes(size);
  }

  write(port: number, size: number, value: number): void {
    if (port >= DATA) this.#target()?.config.write(this.#offset(port), size, value);
    else if (port === ADDRESS && size === 4) this.#state.address = value >>> 0;
    else if (port === RESET_CONTROL && size === 1) this.#controlReset(value);
  }

  handlerOf(port: number): PortHandler | undefined {
    return this.#functions
      .filter(({ config }) => (config.read(PCI.command, 2) & PCI_COMMAND.io) !== 0)
      .flatMap((each) => each.windows())
      .find(({ first, count }) => port >= first && port < first + count)?.handler;
  }

  #controlReset(value: number): void {
    const rises = (value & RESET) !== 0 && (this.#state.resetControl & RESET) === 0;
    this.#state.resetControl = value & ~RESET;
    if (rises) this.#reset();
  }

  /** The function that the address names. */
  #target(): PciFunction | undefined {
    const { address } = this.#state;
    if ((address & ENABLE) === 0) return undefined;
    const bus = (address >>> 16) & 0xff;
    const slot = (address >>> 11) & 0x1f;
    const number = (address >>> 8) & 7;
    if (bus !== 0) return undefined;
    return this.#functions.find(
      (each) => each.address.slot === slot && each.address.function === number,
    );
  }

  #offset(port: number): number {
    return (this.#state.address & 0xfc) + (port - DATA);
  }

  save(): Uint8Array {
    return codec.encode(this.#state);
  }

  restore(bytes: Uint8Array): void {
    this.#state = codec.decode(bytes);
  }
}
