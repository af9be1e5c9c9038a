/** Messages in the wire format of Protocol Buffers (protobuf.dev, "Encoding"): as much as exports need. */

const VARINT = 0;
const BYTES = 2;

/** A message under construction: fields in the order in which they are added. */
export class ProtobufMessage {
  #bytes = new Uint8Array(64);
  #length = 0;

  /** A field of type uint64, int64 (not negative), bool or enum: below 2^53. */
  number(field: number, value: number): this {
    this.#varint(field * 8 + VARINT);
    this.#varint(value);
    return this;
  }

  /** A string in UTF-8. */
  text(field: number, value: string): this {
    return this.#delimited(field, Buffer.from(value, 'utf8'));
  }

  /** A message in a field. */
  message(field: number, value: ProtobufMessage): this {
    return this.#delimited(field, value.bytes());
  }

  /** What has been added; valid until more is. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #delimited(field: number, bytes: Uint8Array): this {
    this.#varint(field * 8 + BYTES);
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** Seven bits a byte, the lowest first; not by shifts, which would take 32 bits only. */
  #varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  #reserve(length: number): void {
    if (this.#length + length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + length));
    grown.set(this.bytes());
    this.#bytes = grown;
  }
}
