/** Numbers and names as text. */
import type { Source, Wide } from './documents.js';

/** A 64-bit value as it is: never a float. */
export function wide(value: Wide): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

/** `0x1f`. */
export function hex(value: Wide | bigint): string {
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`;
}

/** All digits that a value of some bits has. */
export function fullHex(value: Wide, bits: number): string {
  return wide(value)
    .toString(16)
    .padStart(Math.ceil(bits / 4), '0');
}

/** `10,199,494`: the same in every locale. */
export function counted(value: number): string {
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `sort.c:12`. */
export function sourceText(source: Source | null | undefined): string {
  if (source === null || source === undefined) return '';
  return `${source.file.slice(source.file.lastIndexOf('/') + 1)}:${String(source.line)}`;
}

/** Control characters and those that reorder text made visible. */
export function visible(text: string): string {
  return text.replaceAll(
    // eslint-disable-next-line no-control-regex -- these are what it is for
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    '\ufffd',
  );
}
