import { viewOf } from '../bytes.js';
import { inputError } from '../../../base/errors.js';

/**
 * The ELF file header (System V gABI, chapter 4). Sizes, offsets and counts come from the file:
 * whoever uses them checks them against the file's length first.
 */
export interface ElfHeader {
  readonly is64: boolean;
  /** ET_DYN: it can be placed anywhere. */
  readonly isRelocatable: boolean;
  readonly entry: bigint;
  readonly programHeaders: ElfTable;
  readonly sectionHeaders: ElfTable;
  /** Which section holds the names of the sections. */
  readonly sectionNames: number;
}

/** `count` records of `entrySize` bytes at `offset`. */
export interface ElfTable {
  readonly offset: bigint;
  readonly count: number;
  readonly entrySize: number;
}

const MAGIC = 0x7f454c46;
const IDENT_SIZE = 16;
/** EI_CLASS, EI_DATA, e_type and e_machine (gABI, "ELF Header"). */
const Class = { bits32: 1, bits64: 2 } as const;
const Data = { littleEndian: 1, bigEndian: 2 } as const;
const Type = { executable: 2, shared: 3 } as const;
const Machine = { i386: 3, x86_64: 62 } as const;

/** The e_machine values that people are likely to have (gABI and the processor supplements). */
const MACHINES: Readonly<Record<number, string>> = {
  0: 'no machine',
  2: 'sparc',
  3: 'i386',
  4: 'm68k',
  8: 'mips',
  20: 'powerpc',
  21: 'powerpc64',
  22: 's390',
  40: 'arm',
  42: 'superh',
  43: 'sparc64',
  50: 'ia64',
  62: 'x86_64',
  83: 'avr',
  94: 'xtensa',
  183: 'aarch64',
  243: 'riscv',
  247: 'bpf',
  258: 'loongarch',
};

/** What e_type says besides ET_EXEC and ET_DYN, with what to do about it. */
const OTHER_TYPES: Readonly<Record<number, string>> = {
  0: 'has no file type (ET_NONE): link it with ld -static',
  1: 'is a relocatable object file: link it with ld -static',
  4: 'is a core dump: give the executable instead',
};

/** Whether the file says of itself that it is ELF. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0) === MAGIC;
}

function checkIdentity(guest: string, view: DataView): { is64: boolean; type: number } {
  const elfClass = view.getUint8(4);
  const order = view.getUint8(5);
  if (order !== Data.littleEndian && order !== Data.bigEndian) {
    throw inputError(
      `${guest} has ELF byte order ${order}, which is none: build it again for x86.`,
    );
  }
  const type = view.getUint16(16, order === Data.littleEndian);
  const machine = view.getUint16(18, order === Data.littleEndian);
  if (machine !== Machine.i386 && machine !== Machine.x86_64) {
    throw inputError(
      `${guest} is an ELF for ${MACHINES[machine] ?? `machine ${machine}`}, and KVM runs x86 here: build it with -m64 or -m32 for x86.`,
    );
  }
  if (order === Data.bigEndian) {
    throw inputError(`${guest} is a big-endian ELF, and x86 is little-endian: build it for x86.`);
  }
  if (elfClass !== Class.bits32 && elfClass !== Class.bits64) {
    throw inputError(
      `${guest} has ELF class ${elfClass}, neither 32-bit nor 64-bit: build it again for x86.`,
    );
  }
  if ((elfClass === Class.bits64) !== (machine === Machine.x86_64)) {
    throw inputError(
      `${guest} is ${elfClass === Class.bits64 ? 'a 64-bit ELF for i386' : 'a 32-bit ELF for x86_64 (x32)'}, which has no mode to start in: build it with -m64 or -m32.`,
    );
  }
  return { is64: elfClass === Class.bits64, type };
}

/**
 * Reads the file header. Throws a KvmtraceError unless it is a whole header of a little-endian
 * executable (ET_EXEC, or ET_DYN as static PIEs are) for i386 (ELF32) or x86_64 (ELF64).
 */
export function readElfHeader(guest: string, bytes: Uint8Array): ElfHeader {
  const view = viewOf(bytes);
  // The class decides how long the header is; 20 bytes reach to the machine.
  if (bytes.length < 20) throw truncated(guest, 'its file header', bytes.length);
  const { is64, type } = checkIdentity(guest, view);
  if (type !== Type.executable && type !== Type.shared) {
    throw inputError(
      `${guest} ${OTHER_TYPES[type] ?? `has ELF file type ${type}: link it with ld -static`}.`,
    );
  }
  if (bytes.length < (is64 ? 64 : 52)) throw truncated(guest, 'its file header', bytes.length);
  const word = (offset64: number, offset32: number): bigint =>
    is64 ? view.getBigUint64(offset64, true) : BigInt(view.getUint32(offset32, true));
  const half = (offset64: number, offset32: number): number =>
    view.getUint16(is64 ? offset64 : offset32, true);
  return {
    is64,
    isRelocatable: type === Type.shared,
    entry: word(IDENT_SIZE + 8, IDENT_SIZE + 8),
    programHeaders: { offset: word(32, 28), entrySize: half(54, 42), count: half(56, 44) },
    sectionHeaders: { offset: word(40, 32), entrySize: half(58, 46), count: half(60, 48) },
    sectionNames: half(62, 50),
  };
}

/** The error for a file that ends before `what`. */
export function truncated(guest: string, what: string, size: number): Error {
  return inputError(
    `${guest} is truncated: it ends after ${size} bytes, inside or before ${what}; copy or build it again.`,
  );
}

/**
 * The records of a table as views. Throws a KvmtraceError when they are not `expectedSize` bytes
 * each or not all in the file.
 */
export function tableRecords(
  guest: string,
  bytes: Uint8Array,
  table: ElfTable,
  expectedSize: number,
  what: string,
): DataView[] {
  if (table.count === 0) return [];
  if (table.entrySize !== expectedSize) {
    throw inputError(
      `${guest} has ${what} of ${table.entrySize} bytes each instead of ${expectedSize}: build it again.`,
    );
  }
  if (table.offset + BigInt(table.count * expectedSize) > BigInt(bytes.length)) {
    throw truncated(guest, `its ${what}`, bytes.length);
  }
  const start = bytes.byteOffset + Number(table.offset);
  return Array.from(
    { length: table.count },
    (_, index) => new DataView(bytes.buffer, start + index * expectedSize, expectedSize),
  );
}
