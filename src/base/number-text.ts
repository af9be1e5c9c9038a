/** Numbers and bytes as texts, the same everywhere. */

/** `0x1f`; small numbers, which are the same in both notations, without the prefix. */
export function compactHex(value: bigint | number): string {
  return value < 10 ? value.toString() : `0x${value.toString(16)}`;
}

/** `0x1f`, of a number that is not negative. */
export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

/** Bytes in hexadecimal, with `separator` between them. */
export function hexBytes(bytes: Uint8Array, separator = ''): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(separator);
}

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** `812 bytes`, `41.3 MB`: decimal units. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]!}`;
}

/** The bytes as a little-endian unsigned number. */
export function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** Bytes in hexadecimal with spaces, at most `limit` of them. */
export function bytesText(bytes: Uint8Array, limit = 16): string {
  return (
    hexBytes(bytes.subarray(0, limit), ' ') +
    (bytes.length > limit ? ` … (${bytes.length} bytes)` : '')
  );
}

/** `'a'` for what can be printed, else nothing. */
export function asCharacter(bytes: Uint8Array): string {
  const [byte] = bytes;
  return bytes.length === 1 && byte! >= 0x20 && byte! < 0x7f
    ? ` '${String.fromCharCode(byte!)}'`
    : '';
}

/** A number of things: `1 step`, `2 steps`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** `+2.4%`, `-0.03%`, `new` where there was nothing before. */
export function changePercent(before: number, after: number): string {
  if (before === after) return '0%';
  if (before === 0) return 'new';
  const percent = ((after - before) / before) * 100;
  const digits = Math.abs(percent) < 0.1 ? 3 : Math.abs(percent) < 10 ? 2 : 1;
  return `${percent > 0 ? '+' : ''}${Number(percent.toFixed(digits))}%`;
}
