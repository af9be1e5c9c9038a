/** CHAR16 strings: UCS-2, little-endian, a zero at the end (UEFI 2.10, 2.3.1). */
export function char16(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, 'utf16le');
}

/** The text of CHAR16 `bytes`, up to the first zero. */
export function fromChar16(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf16le');
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
