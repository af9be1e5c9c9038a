import { hex } from '../../../base/number-text.js';
import { inputError } from '../../../base/errors.js';
import { option } from '../../../base/option-names.js';
import {
  DEFAULT_MEMORY_SIZE,
  memoryLayout,
  type MemoryLayout,
  HIGH_RAM_GPA,
} from '../../memory-map.js';
import { readDebugLines } from './debug-lines.js';
import { isElf, readElfHeader, type ElfHeader } from './header.js';
import { readSegments, type ElfSegment } from './segments.js';
import { DEFAULT_PIE_LOAD, relocate } from './relocate.js';
import { readSymbols } from './symbols.js';
import type { GuestFormat, LoadOptions } from '../format.js';
import type { GuestMode } from '../../mode.js';
import type { GuestImage } from '../image.js';
import { inSegmentData } from '../placement.js';
import { sha256 } from '../../../base/sha256.js';

const PAGE_BYTES = 4096n;

/** Where an ELF goes, and where it starts. */
export interface ElfOptions {
  readonly layout: MemoryLayout;
  /** Where to start instead of at e_entry: an address that the guest was linked for. */
  readonly entry?: bigint | undefined;
  /** Where a position-independent one goes; 1 MiB otherwise. */
  readonly load?: bigint | undefined;
}

/** Static executables: `loadElf` with the memory that they go into. */
export const elfFormat: GuestFormat = {
  name: 'elf',
  matches: isElf,
  load({ title, bytes }, options) {
    if (!isElf(bytes)) {
      throw inputError(
        `${title} does not start as an ELF does: give ${option('format', 'flat')}, or an ELF.`,
      );
    }
    const mode = elfMode(title, bytes);
    checkOptions(title, mode, readElfHeader(title, bytes).isRelocatable, options);
    const { entry, load, memory = DEFAULT_MEMORY_SIZE } = options;
    const layout = memoryLayout(memory, mode);
    return { image: loadElf(title, bytes, { layout, entry, load }), layout };
  },
};

function checkOptions(
  guest: string,
  mode: GuestMode,
  isRelocatable: boolean,
  options: LoadOptions,
): void {
  if (options.load !== undefined && !isRelocatable) {
    throw inputError(
      `${guest} is an ELF, which says itself where it goes: leave ${option('load')} out.`,
    );
  }
  if (options.mode !== undefined && options.mode !== mode) {
    throw inputError(
      `${guest} is an ELF for ${mode} mode, not for ${options.mode} mode: leave ${option('mode')} out.`,
    );
  }
}

/** The mode that the file is for, without reading more than its header. */
function elfMode(guest: string, bytes: Uint8Array): GuestMode {
  return readElfHeader(guest, bytes).is64 ? 'long' : 'protected';
}

/**
 * Kernels are often linked for an address that is not the one they are loaded at; the entry is
 * then a virtual address, which paging does not know yet. Some give the physical one already.
 */
function physicalEntry(entry: bigint, segments: readonly ElfSegment[]): bigint | undefined {
  for (const { linkedAt, gpa, data } of segments) {
    if (entry >= linkedAt && entry < linkedAt + BigInt(data.length)) {
      return entry - linkedAt + BigInt(gpa);
    }
  }
  return inSegmentData(entry, segments) ? entry : undefined;
}

/**
 * The image of a static executable: ELF32 for i386 starts in protected mode, ELF64 for x86_64 in
 * long mode. `guest` names it in messages. Every field of the file is untrusted: what cannot be
 * loaded throws a KvmtraceError that says why.
 */
export function loadElf(guest: string, bytes: Uint8Array, options: ElfOptions): GuestImage {
  const header = readElfHeader(guest, bytes);
  const bias = header.isRelocatable ? pieBias(guest, header, options) : 0n;
  const linked = readSegments(guest, bytes, header, options.layout, bias);
  const segments = header.isRelocatable ? relocate(guest, bytes, header, linked, bias) : linked;
  checkMapped(guest, segments);
  const linkedEntry = options.entry ?? header.entry + bias;
  const entry = physicalEntry(linkedEntry, segments);
  if (entry === undefined) {
    throw inputError(
      `${guest}: ${options.entry === undefined ? 'its entry' : option('entry')} ${hex(linkedEntry)} is not inside of what it loads: ${options.entry === undefined ? `link it with an entry (ld -e), or give ${option('entry')}` : 'give an address of its code'}.`,
    );
  }
  const { symbols, lost } = readSymbols(guest, bytes, header);
  const debug = readDebugLines(guest, bytes);
  return {
    format: 'elf',
    mode: header.is64 ? 'long' : 'protected',
    segments,
    entry,
    symbols: symbols.map((symbol) => ({ ...symbol, address: symbol.address + bias })),
    symbolsLost: lost ?? debug.lost,
    sourceLines: debug.lines.map((line) => ({ ...line, address: line.address + bias })),
    sha256: sha256(bytes),
  };
}

/** The boot page tables map the first 4 GiB, and paging off reaches no further. */
function checkMapped(guest: string, segments: readonly ElfSegment[]): void {
  const beyond = segments.find(({ gpa, memorySize }) => gpa + memorySize > HIGH_RAM_GPA);
  if (beyond === undefined) return;
  throw inputError(
    `${guest} loads ${beyond.memorySize} bytes at ${hex(beyond.gpa)}, and only the first 4 GiB are mapped when it starts: link it for an address below 3 GiB (ld -Ttext-segment).`,
  );
}

/** How far above its link addresses a position-independent executable lies. */
function pieBias(guest: string, header: ElfHeader, { load }: ElfOptions): bigint {
  if (header.entry === 0n) {
    throw inputError(
      `${guest} is a shared library, which has no entry: link a program with -static-pie.`,
    );
  }
  const bias = load ?? DEFAULT_PIE_LOAD;
  if (bias % PAGE_BYTES !== 0n) {
    throw inputError(
      `${option('load')} ${hex(bias)} is not the address of a page: give a multiple of 4096.`,
    );
  }
  return bias;
}
