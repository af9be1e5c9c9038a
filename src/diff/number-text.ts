/** Numbers and bytes as texts, the same in every report. */

export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

/** Bytes in hexadecimal with spaces, at most `limit` of them. */
export function bytesText(bytes: Uint8Array, limit = 16): string {
  const shown = Array.from(bytes.subarray(0, limit), (byte) => byte.toString(16).padStart(2, '0'));
  return shown.join(' ') + (bytes.length > limit ? ` … (${bytes.length} bytes)` : '');
}

/** `'a'` for what can be printed, else nothing. */
export function asCharacter(bytes: Uint8Array): string {
  const [byte] = bytes;
  return bytes.length === 1 && byte! >= 0x20 && byte! < 0x7f
    ? ` '${String.fromCharCode(byte!)}'`
    : '';
}

/** A number of things: `1 step`, `2 steps`. */
export function count(n: number, one: string, many = `${one}s`): string {
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
