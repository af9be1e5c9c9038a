/** The line numbers of an ELF: the sections of its debugging information, unpacked where they are packed. */
import { inflateSync } from 'node:zlib';
import { readSourceLines, type SourceLines } from '../dwarf/source-lines.js';
import type { LineSections } from '../dwarf/line-header.js';
import { readElfHeader, type ElfHeader } from './header.js';
import { readSections, sectionData, type Section } from './sections.js';

const SHF_EXECINSTR = 4n;
const SHF_COMPRESSED = 0x800n;
const ELFCOMPRESS_ZLIB = 1;
/** Of a section after unpacking: a kernel's have some tens of megabytes. */
const MAX_BYTES = 512 * 1024 ** 2;

/** The sections by name; undefined for an ELF without line numbers. */
export function lineSections(
  guest: string,
  bytes: Uint8Array,
  header: ElfHeader,
): LineSections | undefined {
  const { sections } = readSections(guest, bytes, header);
  const names = sections[header.sectionNames];
  const data = names === undefined ? undefined : sectionData(bytes, names);
  if (data === undefined) return undefined;
  const wanted = (name: string): Uint8Array | undefined => {
    const section = sections.find((each) => nameAt(data, each.name) === name);
    return section === undefined ? undefined : unpacked(bytes, section, header.is64);
  };
  const line = wanted('.debug_line');
  if (line === undefined) return undefined;
  return { line, lineStrings: wanted('.debug_line_str'), strings: wanted('.debug_str') };
}

/** None, without a reason, where the file was built or stripped so. */
export function readDebugLines(guest: string, bytes: Uint8Array): SourceLines {
  const header = readElfHeader(guest, bytes);
  const found = lineSections(guest, bytes, header);
  if (found === undefined) return { lines: [], lost: undefined };
  const code = readSections(guest, bytes, header).sections.filter(
    ({ flags }) => (flags & SHF_EXECINSTR) !== 0n,
  );
  const isCode = (at: bigint): boolean =>
    code.some(({ address, size }) => at >= address && at < address + size);
  const { lines, lost } = readSourceLines(found, isCode);
  const why = lost && `${guest}: its .debug_line ${lost}, so some source lines are not known.`;
  return { lines, lost: why };
}

function nameAt(names: Uint8Array, offset: number): string {
  const end = names.indexOf(0, offset);
  return Buffer.from(names.subarray(offset, Math.max(offset, end))).toString('latin1');
}

/** Compressed sections begin with a header of their own (gABI, "Section Compression"). */
function unpacked(bytes: Uint8Array, section: Section, is64: boolean): Uint8Array | undefined {
  const data = sectionData(bytes, section);
  if (data === undefined || (section.flags & SHF_COMPRESSED) === 0n) return data;
  const headerBytes = is64 ? 24 : 12;
  if (data.length < headerBytes) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (view.getUint32(0, true) !== ELFCOMPRESS_ZLIB) return undefined;
  try {
    return inflateSync(data.subarray(headerBytes), { maxOutputLength: MAX_BYTES });
  } catch {
    return undefined;
  }
}
