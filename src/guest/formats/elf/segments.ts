import { hex } from '../../../base/number-text.js';
import { inputError } from '../../../base/errors.js';
import type { MemoryLayout } from '../../memory-map.js';
import { tableRecords, truncated, type ElfHeader } from './header.js';
import type { GuestSegment } from '../image.js';
import { checkApart, checkInRam, type Placement } from '../placement.js';

/** A segment with the address that it was linked for, which the entry and the symbols use. */
export interface ElfSegment extends GuestSegment {
  readonly linkedAt: bigint;
}

/** p_type of what is loaded, and of the name of a dynamic linker. */
const Type = { load: 1, interpreter: 3 } as const;
/** e_phnum where the real count is elsewhere: 65535 or more, more than any guest has here. */
const PN_XNUM = 0xffff;

interface ProgramHeader {
  readonly type: number;
  readonly offset: bigint;
  readonly virtualAddress: bigint;
  readonly physicalAddress: bigint;
  readonly fileSize: bigint;
  readonly memorySize: bigint;
}

function readProgramHeader(view: DataView, is64: boolean): ProgramHeader {
  const word = (offset64: number, offset32: number): bigint =>
    is64 ? view.getBigUint64(offset64, true) : BigInt(view.getUint32(offset32, true));
  return {
    type: view.getUint32(0, true),
    offset: word(8, 4),
    virtualAddress: word(16, 8),
    physicalAddress: word(24, 12),
    fileSize: word(32, 16),
    memorySize: word(40, 20),
  };
}

function checkInFile(guest: string, header: ProgramHeader, what: string, size: number): void {
  if (header.fileSize > header.memorySize) {
    throw inputError(
      `${guest}: ${what} has ${hex(header.fileSize)} bytes in the file, more than its ${hex(header.memorySize)} in memory: build it again.`,
    );
  }
  if (header.offset + header.fileSize > BigInt(size)) {
    throw truncated(guest, `the data of ${what}`, size);
  }
}

/**
 * The PT_LOAD segments, by p_paddr, in order of address. Throws a KvmtraceError when the guest is
 * dynamic, has nothing to load, or a segment is not wholly in the file, not wholly in RAM, or
 * overlaps another.
 *
 * @param bias bytes that everything lies above what the file says
 */
export function readSegments(
  guest: string,
  bytes: Uint8Array,
  header: ElfHeader,
  layout: MemoryLayout,
  bias = 0n,
): ElfSegment[] {
  const { count } = header.programHeaders;
  if (count === PN_XNUM) {
    throw inputError(
      `${guest} has ${PN_XNUM} or more program headers: link it into fewer segments.`,
    );
  }
  const size = header.is64 ? 56 : 32;
  const segments: ElfSegment[] = [];
  const placements: Placement[] = [];
  const records = tableRecords(guest, bytes, header.programHeaders, size, 'program headers');
  for (const [index, record] of records.entries()) {
    const part = readProgramHeader(record, header.is64);
    if (part.type === Type.interpreter) {
      throw inputError(
        `${guest} is dynamically linked (it has a PT_INTERP), and there is no loader in the guest: link it with -static -no-pie.`,
      );
    }
    if (part.type !== Type.load || part.memorySize === 0n) continue;
    const what = `segment ${index}`;
    checkInFile(guest, part, what, bytes.length);
    const placement = { what, gpa: part.physicalAddress + bias, size: part.memorySize };
    checkInRam(guest, placement, layout, 'link it for another address');
    placements.push(placement);
    const offset = Number(part.offset);
    segments.push({
      gpa: Number(part.physicalAddress + bias),
      data: bytes.subarray(offset, offset + Number(part.fileSize)),
      memorySize: Number(part.memorySize),
      linkedAt: part.virtualAddress + bias,
    });
  }
  if (segments.length === 0) {
    throw inputError(`${guest} has no segment to load (PT_LOAD): link it into an executable.`);
  }
  checkApart(guest, placements);
  return segments.sort((a, b) => a.gpa - b.gpa);
}
