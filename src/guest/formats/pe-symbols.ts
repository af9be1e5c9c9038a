/** Names in a PE image: those of its COFF symbol table and of its export directory. */
import { viewOf } from './bytes.js';
import type { GuestSymbol } from './image.js';
import type { PeHeader } from './pe-header.js';

const SYMBOL_BYTES = 18;
const MAX_NAME_BYTES = 4096;
/** Storage classes (PE Format, "Storage Class"): names that other files see, and those of this one. */
const EXTERNAL = 2;
const STATIC = 3;
/** Type of a function in the high byte of the type field. */
const FUNCTION_TYPE = 0x20;
/** Sections that hold code by their usual names: GNU tools leave the type of a function out. */
const CODE_SECTION = /^\.text|^\.code|^\.plt/;

/** Symbols for the image at `base`, in order of address; empty where it has none. */
export function peSymbols(
  bytes: Uint8Array,
  image: Uint8Array,
  header: PeHeader,
  base: number,
): GuestSymbol[] {
  const found = new Map<number, GuestSymbol>();
  for (const symbol of [...coffSymbols(bytes, header), ...exportedSymbols(image, header)]) {
    const address = base + symbol.rva;
    found.set(address, {
      name: symbol.name,
      address: BigInt(address),
      size: 0,
      kind: symbol.isCode ? 'function' : 'object',
    });
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

interface PeSymbol {
  readonly name: string;
  readonly rva: number;
  readonly isCode: boolean;
}

function* coffSymbols(bytes: Uint8Array, header: PeHeader): Generator<PeSymbol> {
  const { offset, count } = header.symbolTable;
  const strings = offset + count * SYMBOL_BYTES;
  if (offset === 0 || strings + 4 > bytes.length) return;
  const view = viewOf(bytes);
  for (let index = 0; index < count; index++) {
    const at = offset + index * SYMBOL_BYTES;
    const section = header.sections[view.getInt16(at + 12, true) - 1];
    const storage = view.getUint8(at + 16);
    // Auxiliary records follow, which are no symbols.
    index += view.getUint8(at + 17);
    if (section === undefined || (storage !== EXTERNAL && storage !== STATIC)) continue;
    const long = view.getUint32(at, true) === 0;
    const name = long
      ? cString(bytes, strings + view.getUint32(at + 4, true), MAX_NAME_BYTES)
      : cString(bytes, at, 8);
    if (name === '' || name.startsWith('.')) continue;
    const isCode =
      (view.getUint16(at + 14, true) & 0xff) === FUNCTION_TYPE || CODE_SECTION.test(section.name);
    yield { name, rva: section.rva + view.getUint32(at + 8, true), isCode };
  }
}

function* exportedSymbols(image: Uint8Array, header: PeHeader): Generator<PeSymbol> {
  const { rva, size } = header.exports;
  if (size < 40 || rva + 40 > image.length) return;
  const view = viewOf(image);
  const count = view.getUint32(rva + 24, true);
  const [functions, names, ordinals] = [28, 32, 36].map((at) => view.getUint32(rva + at, true)) as [
    number,
    number,
    number,
  ];
  if (names + 4 * count > image.length || ordinals + 2 * count > image.length) return;
  for (let index = 0; index < count; index++) {
    const at = functions + 4 * view.getUint16(ordinals + 2 * index, true);
    if (at + 4 > image.length) return;
    const name = cString(image, view.getUint32(names + 4 * index, true), MAX_NAME_BYTES);
    if (name !== '') yield { name, rva: view.getUint32(at, true), isCode: true };
  }
}

/** Up to the zero, at most `limit` bytes; empty where that is outside. */
function cString(bytes: Uint8Array, at: number, limit: number): string {
  const part = bytes.subarray(at, at + limit);
  const end = part.indexOf(0);
  return Buffer.from(end < 0 ? part : part.subarray(0, end)).toString('latin1');
}
