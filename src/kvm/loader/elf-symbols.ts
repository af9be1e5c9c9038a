import { inputError } from '../../errors.js';
import { tableRecords, truncated, viewOf, type ElfHeader } from './elf-header.js';
import type { GuestSymbol, GuestSymbolKind } from './image.js';

const SHT_SYMTAB = 2;
const SHT_NOBITS = 8;
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

interface Section {
  readonly type: number;
  readonly offset: bigint;
  readonly size: bigint;
  readonly link: number;
  readonly entrySize: bigint;
}

interface RawSymbol {
  readonly name: number;
  readonly info: number;
  readonly section: number;
  readonly value: bigint;
  readonly size: bigint;
}

function readSection(view: DataView, is64: boolean): Section {
  const word = (offset64: number, offset32: number): bigint =>
    is64 ? view.getBigUint64(offset64, true) : BigInt(view.getUint32(offset32, true));
  return {
    type: view.getUint32(4, true),
    offset: word(24, 16),
    size: word(32, 20),
    link: view.getUint32(is64 ? 40 : 24, true),
    entrySize: word(56, 36),
  };
}

function sectionData(guest: string, bytes: Uint8Array, section: Section, what: string): Uint8Array {
  if (section.type === SHT_NOBITS) return new Uint8Array();
  if (section.offset + section.size > BigInt(bytes.length)) {
    throw truncated(guest, what, bytes.length);
  }
  return bytes.subarray(Number(section.offset), Number(section.offset + section.size));
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

/** Order by address, then the better kind, then the name: the same list for the same file. */
function compare(a: GuestSymbol, b: GuestSymbol): number {
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/**
 * The named functions, objects and labels of .symtab, else of .dynsym, in order of address. None
 * when the file is stripped. Throws a KvmtraceError when section headers, symbols or names are
 * not all in the file; single symbols that make no sense are left out.
 */
export function readSymbols(guest: string, bytes: Uint8Array, header: ElfHeader): GuestSymbol[] {
  const { is64, sectionHeaders } = header;
  const headerSize = is64 ? 64 : 40;
  const records = tableRecords(guest, bytes, sectionHeaders, headerSize, 'section headers');
  const sections = records.map((record) => readSection(record, is64));
  const table =
    sections.find(({ type }) => type === SHT_SYMTAB) ??
    sections.find(({ type }) => type === SHT_DYNSYM);
  if (!table) return [];
  const entrySize = is64 ? 24 : 16;
  const namesSection = sections[table.link];
  if (table.entrySize !== BigInt(entrySize) || !namesSection) {
    throw inputError(
      `${guest} has a broken symbol table: build it again, or remove it with strip.`,
    );
  }
  const symbols = viewOf(sectionData(guest, bytes, table, 'its symbol table'));
  const names = sectionData(guest, bytes, namesSection, 'its symbol names');
  const found: GuestSymbol[] = [];
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
    found.push({ name, address: symbol.value, size: Number(symbol.size), kind });
  }
  return found.sort(compare);
}
