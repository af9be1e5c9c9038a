/** A piece of guest memory under construction: bytes at addresses, handed out one after the other. */
export class Block {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #next = 0;

  constructor(start: number, sizeBytes: number) {
    this.start = start;
    this.bytes = new Uint8Array(sizeBytes);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Address of `sizeBytes` zeros, aligned to `alignment` bytes. */
  take(sizeBytes: number, alignment = 16): number {
    const at = Math.ceil(this.#next / alignment) * alignment;
    if (at + sizeBytes > this.bytes.length) {
      throw new Error(`kvmtrace bug: ${sizeBytes} bytes do not fit into the firmware's block`);
    }
    this.#next = at + sizeBytes;
    return this.start + at;
  }

  /** Address of a copy of `bytes`. */
  put(bytes: Uint8Array, alignment = 16): number {
    const address = this.take(bytes.length, alignment);
    this.set(address, bytes);
    return address;
  }

  set(address: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, address - this.start);
  }

  u32(address: number, value: number): void {
    this.#view.setUint32(address - this.start, value, true);
  }

  u64(address: number, value: number | bigint): void {
    this.#view.setBigUint64(address - this.start, BigInt(value), true);
  }
}
