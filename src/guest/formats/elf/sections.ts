import type { ElfHeader } from './header.js';

/** Section headers (System V gABI, chapter 4): no guest needs them to run, only to have names. */
export interface Section {
  /** Offset of the name in the section of names. */
  readonly name: number;
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  readonly offset: bigint;
  readonly size: bigint;
  readonly link: number;
  readonly entrySize: bigint;
}

/** The sections of an ELF. */
export interface ElfSections {
  /** Those that are in the file. */
  readonly sections: readonly Section[];
  /** Why some are not: a sentence. */
  readonly lost: string | undefined;
}

const SHT_NOBITS = 8;
/** More than -ffunction-sections makes of a kernel, by far. */
const MAX_SECTIONS = 1 << 20;

/**
 * The section headers. Where e_shnum is 0 although there are some, their number is in the first one
 * (gABI, "ELF Header": extended numbering).
 */
export function readSections(guest: string, bytes: Uint8Array, header: ElfHeader): ElfSections {
  const { is64, sectionHeaders } = header;
  const { offset, entrySize } = sectionHeaders;
  if (offset === 0n) return { sections: [], lost: undefined };
  const lost = (why: string): string =>
    `${guest} ${why}, so its symbols are not known: copy or build it again to have names.`;
  const headerSize = is64 ? 64 : 40;
  if (entrySize !== headerSize) {
    // Files without sections are free to say anything.
    const none = entrySize === 0 && sectionHeaders.count === 0;
    const why = `has section headers of ${entrySize} bytes each instead of ${headerSize}`;
    return { sections: [], lost: none ? undefined : lost(why) };
  }
  const inFile = Math.max(0, Math.floor((bytes.length - Number(offset)) / headerSize));
  const at = (index: number): Section => {
    const start = bytes.byteOffset + Number(offset) + index * headerSize;
    return readSection(new DataView(bytes.buffer, start, headerSize), is64);
  };
  const extended = sectionHeaders.count === 0 && inFile > 0;
  const count = extended ? Number(at(0).size) : Math.max(1, sectionHeaders.count);
  if (count > MAX_SECTIONS) return { sections: [], lost: lost(`claims ${count} section headers`) };
  return {
    sections: Array.from({ length: Math.min(count, inFile) }, (_, index) => at(index)),
    lost: count > inFile ? lost('ends before its section headers do') : undefined,
  };
}

/** What a section holds; undefined where the file ends before. */
export function sectionData(bytes: Uint8Array, section: Section): Uint8Array | undefined {
  if (section.type === SHT_NOBITS) return new Uint8Array();
  if (section.offset + section.size > BigInt(bytes.length)) return undefined;
  return bytes.subarray(Number(section.offset), Number(section.offset + section.size));
}

function readSection(view: DataView, is64: boolean): Section {
  const word = (offset64: number, offset32: number): bigint =>
    is64 ? view.getBigUint64(offset64, true) : BigInt(view.getUint32(offset32, true));
  return {
    name: view.getUint32(0, true),
    type: view.getUint32(4, true),
    flags: word(8, 8),
    address: word(16, 12),
    offset: word(24, 16),
    size: word(32, 20),
    link: view.getUint32(is64 ? 40 : 24, true),
    entrySize: word(56, 36),
  };
}
