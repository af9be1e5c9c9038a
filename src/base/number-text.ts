/** `0x1f`; small numbers, which are the same in both notations, without the prefix. */
export function compactHex(value: bigint | number): string {
  return value < 10 ? value.toString() : `0x${value.toString(16)}`;
}

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

/** `1 byte`, `2 bytes`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
