/** Numbers and bytes as packets have them. */

/** Two digits a byte. */
export function hexOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** The hexadecimal digits of text in UTF-8. */
export function hexOfText(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex');
}

/** The text that hexadecimal digits in UTF-8 stand for. */
export function textOfHex(digits: string): string {
  return Buffer.from(digits, 'hex').toString('utf8');
}

/** A number in target byte order, least significant byte first. */
export function littleEndianHex(value: bigint, bytes: number): string {
  const digits = BigInt.asUintN(8 * bytes, value)
    .toString(16)
    .padStart(2 * bytes, '0');
  return digits.match(/../g)!.reverse().join('');
}

/** A number as packets have addresses and lengths; undefined for what is none. */
export function parseHex(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[0-9a-f]+$/i.test(text) ? BigInt(`0x${text}`) : undefined;
}

/** A part of `text` as qXfer and vFile hand it out: `m` where there is more, `l` for the last. */
export function portion(text: string, range: string): string {
  const [offset, length] = range.split(',').map((each) => parseHex(each));
  if (offset === undefined || length === undefined) return 'E16';
  const end = Number(offset) + Number(length);
  const part = text.slice(Number(offset), end);
  return (end < text.length ? 'm' : 'l') + part;
}
