/** Reads numbers of a section of debugging information one after the other; never beyond its end. */

/** The information is damaged, or of a kind that is not read. */
export class DwarfError extends Error {}

/** Names are no longer: what has no end is no name. */
const MAX_NAME_BYTES = 4096;

/** A place in a section; reading beyond the end throws a DwarfError. */
export class Cursor {
  /** Offset of what is read next. */
  at: number;
  readonly end: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** @param end of what may be read; default: all */
  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    if (at > bytes.length || end > bytes.length || end < at) throw new DwarfError('is cut short');
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.end = end;
  }

  /** An unsigned number of 1, 2 or 4 bytes. */
  unsigned(bytes: 1 | 2 | 4): number {
    const at = this.#take(bytes);
    if (bytes === 1) return this.#view.getUint8(at);
    return bytes === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  /** An address of 4 or 8 bytes. */
  address(bytes: number): bigint {
    if (bytes === 4) return BigInt(this.unsigned(4));
    if (bytes !== 8) throw new DwarfError(`has addresses of ${bytes} bytes`);
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** An offset or length, of 4 or 8 bytes by the format of the unit. */
  offset(bytes: 4 | 8): number {
    if (bytes === 4) return this.unsigned(4);
    const value = this.#view.getBigUint64(this.#take(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new DwarfError('is cut short');
    return Number(value);
  }

  /** An unsigned LEB128 number (DWARF 5, 7.6); of larger ones than 2^53 the low bits are lost. */
  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.unsigned(1);
      value += (byte & 0x7f) * scale;
      if ((byte & 0x80) === 0) return value;
    }
  }

  /** A signed LEB128 number. */
  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.unsigned(1);
      value += (byte & 0x7f) * scale;
      if ((byte & 0x80) !== 0) continue;
      return (byte & 0x40) === 0 ? value : value - scale * 128;
    }
  }

  /** Text that ends with a zero byte. */
  text(): string {
    const limit = Math.min(this.end, this.at + MAX_NAME_BYTES);
    const length = this.#bytes.subarray(this.at, limit).indexOf(0);
    if (length < 0) throw new DwarfError('has a name without an end');
    const start = this.#take(length + 1);
    return Buffer.from(this.#bytes.subarray(start, start + length)).toString('utf8');
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  #take(bytes: number): number {
    const { at } = this;
    if (at + bytes > this.end) throw new DwarfError('is cut short');
    this.at = at + bytes;
    return at;
  }
}
