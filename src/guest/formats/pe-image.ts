/** A PE image as it lies in memory: headers and sections at their places, relocated. */
import { viewOf } from './bytes.js';
import { hex } from '../../base/number-text.js';
import { inputError } from '../../base/errors.js';
import type { PeHeader } from './pe-header.js';

/** Kinds of base relocations (PE Format, ".reloc"). */
const ABSOLUTE = 0;
const HIGHLOW = 3;
const DIR64 = 10;
const BLOCK_HEADER_BYTES = 8;

/** The `header.imageSize` bytes of the image at `base`. */
export function layOut(
  guest: string,
  bytes: Uint8Array,
  header: PeHeader,
  base: number,
): Uint8Array {
  const image = new Uint8Array(header.imageSize);
  image.set(bytes.subarray(0, header.headerSize));
  for (const { rva, virtualSize, rawOffset, rawSize } of header.sections) {
    // What a section has in the file beyond its size in memory pads it to the file's alignment.
    const size = virtualSize === 0 ? rawSize : Math.min(rawSize, virtualSize);
    image.set(bytes.subarray(rawOffset, rawOffset + size), rva);
  }
  relocate(guest, image, header, base);
  return image;
}

function relocate(guest: string, image: Uint8Array, header: PeHeader, base: number): void {
  const difference = BigInt(base) - header.imageBase;
  if (difference === 0n) return;
  if (header.isFixed) {
    throw inputError(
      `${guest} has no relocations and is linked for ${hex(header.imageBase)}: it cannot be loaded at ${hex(base)}.`,
    );
  }
  const view = viewOf(image);
  const { rva, size } = header.relocations;
  const end = rva + size;
  if (end > image.length) throw damaged(guest, rva);
  for (let at = rva; at + BLOCK_HEADER_BYTES <= end;) {
    const page = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (length < BLOCK_HEADER_BYTES || at + length > end) throw damaged(guest, at);
    for (let entry = at + BLOCK_HEADER_BYTES; entry + 2 <= at + length; entry += 2) {
      const word = view.getUint16(entry, true);
      apply(guest, view, { kind: word >> 12, at: page + (word & 0xfff), difference });
    }
    at += length;
  }
}

function apply(
  guest: string,
  view: DataView,
  { kind, at, difference }: { kind: number; at: number; difference: bigint },
): void {
  if (kind === ABSOLUTE) return;
  const size = kind === DIR64 ? 8 : 4;
  if ((kind !== DIR64 && kind !== HIGHLOW) || at + size > view.byteLength) throw damaged(guest, at);
  if (kind === DIR64) view.setBigUint64(at, view.getBigUint64(at, true) + difference, true);
  else
    view.setUint32(
      at,
      Number(BigInt.asUintN(32, BigInt(view.getUint32(at, true)) + difference)),
      true,
    );
}

function damaged(guest: string, at: number): Error {
  return inputError(
    `${guest} has a base relocation at ${hex(at)} that PE32+ does not know: it is damaged.`,
  );
}
