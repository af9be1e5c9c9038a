import type { Device } from '../device.js';
import type { GuestMemory } from '../guest-memory.js';
import { stateCodec } from '../state-codec.js';

const SELECTOR = 0x510;
const DATA = 0x511;
const DMA_HIGH = 0x514;
const DMA_LOW = 0x518;
/** What the address register reads as, so that a guest can tell that there is DMA. */
const DMA_SIGNATURE = Buffer.from('QEMU CFG');

/** Bits of a DMA command; with `select` its upper 16 bits are the selector. */
const DMA = { error: 0x01, read: 0x02, skip: 0x04, select: 0x08, write: 0x10 } as const;
const DMA_COMMAND_BYTES = 16;
/** A piece of a transfer: the guest says how long it is, and may say anything. */
const MAX_PIECE = 64 * 1024;

const codec = stateCodec('fw-cfg', { selector: 'u16', offset: 'u53', dmaHigh: 'u32' });

/**
 * QEMU's firmware configuration device: items that are read byte by byte, or by DMA. Everything here is
 * read-only: a transfer that writes reports an error.
 */
export class FwCfg implements Device {
  readonly name = 'fw-cfg';
  readonly ports = [
    { first: SELECTOR, count: 2, wide: true },
    { first: DMA_HIGH, count: 8, wide: true },
  ];
  readonly #items: ReadonlyMap<number, Uint8Array>;
  readonly #memory: GuestMemory;
  #state = codec.initial();

  constructor(items: ReadonlyMap<number, Uint8Array>, memory: GuestMemory) {
    this.#items = items;
    this.#memory = memory;
  }

  read(port: number, size: number): number {
    if (port >= DMA_HIGH) return signature(port - DMA_HIGH, size);
    return port === DATA && size === 1 ? this.#next() : 0;
  }

  write(port: number, size: number, value: number): void {
    if (port === SELECTOR && size === 2) this.#select(value);
    else if (port === DMA_HIGH && size === 4) this.#state.dmaHigh = swap(value);
    else if (port === DMA_LOW && size === 4) {
      const address = this.#state.dmaHigh * 2 ** 32 + swap(value);
      this.#state.dmaHigh = 0;
      this.#transfer(address);
    }
  }

  #select(selector: number): void {
    this.#state.selector = selector;
    this.#state.offset = 0;
  }

  #next(): number {
    return this.#item[this.#state.offset++] ?? 0;
  }

  get #item(): Uint8Array {
    return this.#items.get(this.#state.selector) ?? new Uint8Array();
  }

  /** Carries a command out that is in the guest's memory: control, length and address, big-endian. */
  #transfer(at: number): void {
    const bytes = this.#memory.read(at, DMA_COMMAND_BYTES);
    if (bytes === undefined) return;
    const command = Buffer.from(bytes);
    const control = command.readUInt32BE(0);
    const length = command.readUInt32BE(4);
    const address = Number(command.readBigUInt64BE(8));
    if (control & DMA.select) this.#select(control >>> 16);
    const isDone = this.#carryOut(control, address, length);
    const result = Buffer.alloc(4);
    result.writeUInt32BE(isDone ? 0 : DMA.error);
    this.#memory.write(at, result);
  }

  #carryOut(control: number, address: number, length: number): boolean {
    if (control & DMA.read) return this.#copy(address, length);
    if (control & DMA.write) return false;
    if (control & DMA.skip) this.#state.offset += length;
    return true;
  }

  /** Beyond the end of an item there are zeros. */
  #copy(address: number, length: number): boolean {
    for (let done = 0; done < length; done += MAX_PIECE) {
      const piece = new Uint8Array(Math.min(MAX_PIECE, length - done));
      const { offset } = this.#state;
      piece.set(this.#item.subarray(offset, offset + piece.length));
      if (!this.#memory.write(address + done, piece)) return false;
      this.#state.offset += piece.length;
    }
    return true;
  }

  save(): Uint8Array {
    return codec.encode(this.#state);
  }

  restore(bytes: Uint8Array): void {
    this.#state = codec.decode(bytes);
  }
}

/** The bytes of the signature in the order of the ports. */
function signature(offset: number, size: number): number {
  let value = 0;
  for (let index = size - 1; index >= 0; index--) {
    value = value * 256 + (DMA_SIGNATURE[offset + index] ?? 0);
  }
  return value;
}

/** The register is big-endian. */
function swap(value: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes.readUInt32BE(0);
}
