import { viewOf } from '../bytes.js';
import { inputError } from '../../../base/errors.js';
import type { ElfHeader } from './header.js';
import { readSections, sectionData } from './sections.js';
import type { GuestSymbol, GuestSymbolKind } from '../image.js';

const SHT_SYMTAB = 2;
const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;
const SHN_ABS = 0xfff1;
const STT_NOTYPE = 0;

/** Kind by st_info & 15; sections, files and thread-local offsets name no address of the guest. */
const KINDS: Readonly<Record<number, GuestSymbolKind>> = {
  0: 'other',
  1: 'object',
  2: 'function',
  5: 'object',
  10: 'function',
};

/** A longer name is no name. Together they may not be larger than a kernel's many times over. */
const MAX_NAME_BYTES = 4096;
const MAX_ALL_NAMES_BYTES = 64 * 1024 ** 2;

interface RawSymbol {
  readonly name: number;
  readonly info: number;
  readonly section: number;
  readonly value: bigint;
  readonly size: bigint;
}

function readSymbol(view: DataView, at: number, is64: boolean): RawSymbol {
  return {
    name: view.getUint32(at, true),
    info: view.getUint8(at + (is64 ? 4 : 12)),
    section: view.getUint16(at + (is64 ? 6 : 14), true),
    value: is64 ? view.getBigUint64(at + 8, true) : BigInt(view.getUint32(at + 4, true)),
    size: is64 ? view.getBigUint64(at + 16, true) : BigInt(view.getUint32(at + 8, true)),
  };
}

/** The zero-terminated name at `offset`; empty when there is none, or when it never ends. */
function readName(names: Uint8Array, offset: number): string {
  const end = names.subarray(offset, offset + MAX_NAME_BYTES + 1).indexOf(0);
  return end <= 0 ? '' : Buffer.from(names.buffer, names.byteOffset + offset, end).toString('utf8');
}

/** The kind of a symbol that names an address of the guest; undefined for the others. */
function kindOf(symbol: RawSymbol): GuestSymbolKind | undefined {
  const type = symbol.info & 15;
  if (symbol.section === SHN_UNDEF) return undefined;
  // An absolute symbol without a type is an assembler's constant (.equ), not an address.
  if (symbol.section === SHN_ABS && type === STT_NOTYPE) return undefined;
  return KINDS[type];
}

/** Of names for one address the better ones come last, which is where readers look first. */
const KIND_RANK: Readonly<Record<GuestSymbolKind, number>> = { other: 0, object: 1, function: 2 };
const STB_LOCAL = 0;
const STB_WEAK = 2;

/** By the binding (gABI, "Symbol Table"): an alias of one file, one to be overridden, the name of all. */
function bindingRank(info: number): number {
  const binding = info >> 4;
  return binding === STB_LOCAL ? 0 : binding === STB_WEAK ? 1 : 2;
}

interface Found {
  readonly symbol: GuestSymbol;
  readonly binding: number;
}

/** Order by address, then the better kind and binding, then the name: the same for the same file. */
function compare({ symbol: a, binding }: Found, { symbol: b, binding: other }: Found): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  if (a.kind !== b.kind) return KIND_RANK[a.kind] - KIND_RANK[b.kind];
  if (binding !== other) return binding - other;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** What an ELF says of its symbols. */
export interface ElfSymbols {
  /** In order of address; of those at one address the best name is the last. */
  readonly symbols: readonly GuestSymbol[];
  /** Why there are none although the file should have some: a sentence. */
  readonly lost: string | undefined;
}

/**
 * The named functions, objects and labels of .symtab, else of .dynsym. None when the file is stripped,
 * and, as a guest runs without them, when the file is too short or broken where they are: then `lost`
 * says so. Single symbols that make no sense are left out.
 */
export function readSymbols(guest: string, bytes: Uint8Array, header: ElfHeader): ElfSymbols {
  const { sections, lost: cut } = readSections(guest, bytes, header);
  const table =
    sections.find(({ type }) => type === SHT_SYMTAB) ??
    sections.find(({ type }) => type === SHT_DYNSYM);
  if (!table) return { symbols: [], lost: cut };
  const lost = (why: string): ElfSymbols => ({
    symbols: [],
    lost: `${guest} ${why}, so its symbols are not known: build it again to have names.`,
  });
  const namesSection = sections[table.link];
  if (table.entrySize !== BigInt(header.is64 ? 24 : 16)) return lost('has a broken symbol table');
  if (namesSection === undefined) return cut ? { symbols: [], lost: cut } : lost('has no names');
  const symbols = sectionData(bytes, table);
  const names = sectionData(bytes, namesSection);
  if (symbols === undefined || names === undefined) return lost('ends before its symbols do');
  return { symbols: namedSymbols(guest, symbols, names, header.is64), lost: undefined };
}

function namedSymbols(
  guest: string,
  table: Uint8Array,
  names: Uint8Array,
  is64: boolean,
): GuestSymbol[] {
  const symbols = viewOf(table);
  const entrySize = is64 ? 24 : 16;
  const found: Found[] = [];
  let namesBytes = 0;
  for (let at = 0; at + entrySize <= symbols.byteLength; at += entrySize) {
    const symbol = readSymbol(symbols, at, is64);
    const kind = kindOf(symbol);
    if (kind === undefined || symbol.size > BigInt(Number.MAX_SAFE_INTEGER)) continue;
    const name = readName(names, symbol.name);
    if (name === '') continue;
    namesBytes += name.length;
    if (namesBytes > MAX_ALL_NAMES_BYTES) {
      throw inputError(
        `${guest} has more than ${MAX_ALL_NAMES_BYTES} bytes of symbol names: remove them with strip.`,
      );
    }
    const named = { name, address: symbol.value, size: Number(symbol.size), kind };
    found.push({ symbol: named, binding: bindingRank(symbol.info) });
  }
  return found.sort(compare).map(({ symbol }) => symbol);
}
