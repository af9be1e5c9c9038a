/** Looking into the bytes of a file; beyond its end there is nothing. */

/** Whether the bytes at `offset` are those of `text`, a character each, or of `expected`. */
export function hasAt(
  bytes: Uint8Array,
  offset: number,
  expected: string | readonly number[],
): boolean {
  const wanted = typeof expected === 'string' ? Buffer.from(expected, 'latin1') : expected;
  return offset >= 0 && wanted.every((byte, index) => bytes[offset + index] === byte);
}

/** The little-endian number of `size` bytes (1 to 4) at `offset`; undefined where the file ends before. */
export function unsignedAt(bytes: Uint8Array, offset: number, size: number): number | undefined {
  if (offset < 0 || offset + size > bytes.length) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, size).readUIntLE(0, size);
}

/** The bytes of a file as numbers; shares their memory. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
