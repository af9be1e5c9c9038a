/**
 * The headers of a PE32+ image (Microsoft, "PE Format"; UEFI 2.10, 2.1.1). Every field comes from the
 * file: what does not fit is told in a sentence.
 */
import { viewOf } from './bytes.js';
import { hex } from '../../base/number-text.js';
import { inputError } from '../../base/errors.js';
import { MACHINES } from './pe-kind.js';

/** Offset of the pointer to the PE signature in the MS-DOS header. */
const PE_OFFSET_AT = 0x3c;
const SIGNATURE = 0x4550;
const COFF_HEADER_BYTES = 20;
const SECTION_HEADER_BYTES = 40;
const PE32_PLUS = 0x20b;
const MACHINE_AMD64 = 0x8664;
/** Data directories start here in the optional header of PE32+. */
const DIRECTORIES_AT = 112;
const MAX_SECTIONS = 96;

/** Subsystems that run in UEFI (PE Format, "Windows Subsystem"). */
export const SUBSYSTEMS: Readonly<Record<number, string>> = {
  10: 'UEFI application',
  11: 'UEFI boot service driver',
  12: 'UEFI runtime driver',
};

/** A part of the image: `rawSize` bytes of the file at `rawOffset`, loaded at image base + `rva`. */
export interface PeSection {
  readonly name: string;
  readonly rva: number;
  readonly virtualSize: number;
  readonly rawOffset: number;
  readonly rawSize: number;
}

/** A range that the optional header names; size 0 where there is none. */
export interface PeDirectory {
  readonly rva: number;
  readonly size: number;
}

/** The headers of an image, checked. */
export interface PeHeader {
  readonly imageBase: bigint;
  readonly entryRva: number;
  /** Bytes that the image takes in memory, from its base on. */
  readonly imageSize: number;
  /** Bytes of the file that are loaded at the base, before the first section. */
  readonly headerSize: number;
  readonly subsystem: number;
  readonly sections: readonly PeSection[];
  readonly exports: PeDirectory;
  readonly relocations: PeDirectory;
  /** File offset and count of COFF symbols, 18 bytes each. */
  readonly symbolTable: { readonly offset: number; readonly count: number };
  /** Relocations were stripped: the image runs at its base only. */
  readonly isFixed: boolean;
}

/** Whether the file starts as a PE image does. */
export function isPe(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  if (bytes.length < 64 || view.getUint16(0, true) !== 0x5a4d) return false;
  const at = view.getUint32(PE_OFFSET_AT, true);
  return at + 4 <= bytes.length && view.getUint32(at, true) === SIGNATURE;
}

/**
 * Reads the headers of a UEFI image for x86-64. `guest` begins the messages.
 *
 * @throws KvmtraceError (2) for other machines and subsystems and for a damaged file
 */
export function readPeHeader(guest: string, bytes: Uint8Array): PeHeader {
  const view = viewOf(bytes);
  const coff = view.getUint32(PE_OFFSET_AT, true) + 4;
  const optional = coff + COFF_HEADER_BYTES;
  need(guest, bytes, optional + DIRECTORIES_AT, 'its headers');
  const machine = view.getUint16(coff, true);
  if (machine !== MACHINE_AMD64) {
    throw inputError(
      `${guest} is a PE image for ${MACHINES[machine] ?? `machine ${hex(machine)}`}: kvmtrace runs UEFI programs for x86-64 (0x8664).`,
    );
  }
  const magic = view.getUint16(optional, true);
  if (magic !== PE32_PLUS) {
    throw inputError(
      `${guest} is a PE image with the optional header ${hex(magic)}: x86-64 has PE32+ (0x20b), so it is damaged.`,
    );
  }
  const subsystem = view.getUint16(optional + 68, true);
  if (SUBSYSTEMS[subsystem] === undefined) {
    throw inputError(
      `${guest} is a PE image of subsystem ${subsystem}, which is no UEFI program (10, 11 or 12): a Windows program cannot be recorded.`,
    );
  }
  const directories = view.getUint32(optional + 108, true);
  const directory = (index: number): PeDirectory => {
    const at = optional + DIRECTORIES_AT + 8 * index;
    if (index >= directories || at + 8 > bytes.length) return { rva: 0, size: 0 };
    return { rva: view.getUint32(at, true), size: view.getUint32(at + 4, true) };
  };
  const header: PeHeader = {
    imageBase: view.getBigUint64(optional + 24, true),
    entryRva: view.getUint32(optional + 16, true),
    imageSize: view.getUint32(optional + 56, true),
    headerSize: view.getUint32(optional + 60, true),
    subsystem,
    sections: readSections(guest, bytes, coff),
    exports: directory(0),
    relocations: directory(5),
    symbolTable: { offset: view.getUint32(coff + 8, true), count: view.getUint32(coff + 12, true) },
    isFixed: (view.getUint16(coff + 18, true) & 1) !== 0,
  };
  checkExtent(guest, bytes, header);
  return header;
}

function readSections(guest: string, bytes: Uint8Array, coff: number): PeSection[] {
  const view = viewOf(bytes);
  const count = view.getUint16(coff + 2, true);
  if (count > MAX_SECTIONS) {
    throw inputError(
      `${guest} has ${count} sections, more than the 96 of a PE image: it is damaged.`,
    );
  }
  const first = coff + COFF_HEADER_BYTES + view.getUint16(coff + 16, true);
  need(guest, bytes, first + count * SECTION_HEADER_BYTES, 'its section headers');
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * SECTION_HEADER_BYTES;
    return {
      name: Buffer.from(bytes.subarray(at, at + 8))
        .toString('latin1')
        .replace(/\0.*$/s, ''),
      virtualSize: view.getUint32(at + 8, true),
      rva: view.getUint32(at + 12, true),
      rawSize: view.getUint32(at + 16, true),
      rawOffset: view.getUint32(at + 20, true),
    };
  });
}

function checkExtent(guest: string, bytes: Uint8Array, header: PeHeader): void {
  const { imageSize, headerSize, entryRva } = header;
  need(guest, bytes, headerSize, 'its headers');
  for (const { name, rva, virtualSize, rawOffset, rawSize } of header.sections) {
    need(guest, bytes, rawOffset + rawSize, `its section ${JSON.stringify(name)}`);
    if (rva + Math.max(virtualSize, Math.min(rawSize, virtualSize || rawSize)) > imageSize) {
      throw inputError(
        `${guest}: its section ${JSON.stringify(name)} ends behind its ${imageSize} bytes in memory: it is damaged.`,
      );
    }
  }
  if (headerSize > imageSize || entryRva >= imageSize) {
    throw inputError(
      `${guest}: its entry ${hex(entryRva)} is not inside of its ${imageSize} bytes: it is damaged.`,
    );
  }
}

function need(guest: string, bytes: Uint8Array, end: number, what: string): void {
  if (end <= bytes.length) return;
  throw inputError(
    `${guest} has ${bytes.length} bytes, but ${what} would end at ${end}: it is cut off.`,
  );
}
