/**
 * Position-independent executables (ET_DYN without an interpreter): moved to where they are loaded, and their
 * relative relocations applied (gABI, "Dynamic Section"; psABI x86-64 and i386, R_*_RELATIVE).
 */
import { viewOf } from '../bytes.js';
import { hex } from '../../../base/number-text.js';
import { inputError } from '../../../base/errors.js';
import { tableRecords, type ElfHeader } from './header.js';
import type { ElfSegment } from './segments.js';

/** Where such a guest goes unless told otherwise: as kernels do. */
export const DEFAULT_PIE_LOAD = 0x10_0000n;

const PT_DYNAMIC = 2;
const Dynamic = {
  needed: 1,
  rela: 7,
  relaSize: 8,
  rel: 17,
  relSize: 18,
  relrSize: 35,
  relr: 36,
} as const;
/** R_X86_64_RELATIVE and R_386_RELATIVE. */
const RELATIVE = 8;
const MAX_ENTRIES = 4096;

/** Copies of the segments with every relative relocation applied for a load `bias` bytes above the link. */
export function relocate(
  guest: string,
  bytes: Uint8Array,
  header: ElfHeader,
  segments: readonly ElfSegment[],
  bias: bigint,
): ElfSegment[] {
  const moved = segments.map((segment) => ({ ...segment, data: Uint8Array.from(segment.data) }));
  const dynamic = readDynamic(bytes, header, guest);
  if (dynamic.has(Dynamic.needed)) {
    throw inputError(
      `${guest} needs shared libraries (DT_NEEDED), and there is no loader in the guest: link it with -static-pie.`,
    );
  }
  const memory = new LinkedMemory(guest, moved, bias, header.is64 ? 8 : 4);
  const word = header.is64 ? 8 : 4;
  for (const at of entries(dynamic, Dynamic.rela, Dynamic.relaSize, 3 * word)) {
    const info = memory.read(at + BigInt(word));
    if (Number(BigInt.asUintN(header.is64 ? 32 : 8, info)) !== RELATIVE) continue;
    memory.write(memory.read(at), memory.read(at + BigInt(2 * word)) + bias);
  }
  for (const at of entries(dynamic, Dynamic.rel, Dynamic.relSize, 2 * word)) {
    const info = memory.read(at + BigInt(word));
    if (Number(BigInt.asUintN(header.is64 ? 32 : 8, info)) !== RELATIVE) continue;
    const place = memory.read(at);
    memory.write(place, memory.read(place) + bias);
  }
  applyPacked(dynamic, memory, word, bias);
  return moved;
}

/** DT_RELR: an address, then bitmaps of the words behind it that are relative, too. */
function applyPacked(
  dynamic: ReadonlyMap<number, bigint>,
  memory: LinkedMemory,
  word: number,
  bias: bigint,
): void {
  let next = 0n;
  const apply = (at: bigint): void => {
    memory.write(at, memory.read(at) + bias);
  };
  for (const at of entries(dynamic, Dynamic.relr, Dynamic.relrSize, word)) {
    const entry = memory.read(at);
    if ((entry & 1n) === 0n) {
      apply(entry);
      next = entry + BigInt(word);
      continue;
    }
    for (let bit = 1; bit < 8 * word; bit++) {
      if (((entry >> BigInt(bit)) & 1n) !== 0n) apply(next + BigInt(word * (bit - 1)));
    }
    next += BigInt(word * (8 * word - 1));
  }
}

function readDynamic(bytes: Uint8Array, header: ElfHeader, guest: string): Map<number, bigint> {
  const found = new Map<number, bigint>();
  const size = header.is64 ? 56 : 32;
  const word = header.is64 ? 8 : 4;
  const view = viewOf(bytes);
  const read = (at: number): bigint =>
    header.is64 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  for (const record of tableRecords(guest, bytes, header.programHeaders, size, 'program headers')) {
    if (record.getUint32(0, true) !== PT_DYNAMIC) continue;
    const offset = header.is64 ? Number(record.getBigUint64(8, true)) : record.getUint32(4, true);
    for (let index = 0; index < MAX_ENTRIES; index++) {
      const at = offset + 2 * word * index;
      if (at + 2 * word > bytes.length) break;
      const tag = Number(read(at));
      if (tag === 0) break;
      found.set(tag, read(at + word));
    }
  }
  return found;
}

/** Link addresses of the entries of a table. */
function* entries(
  dynamic: ReadonlyMap<number, bigint>,
  table: number,
  size: number,
  entry: number,
): Generator<bigint> {
  const start = dynamic.get(table);
  const length = dynamic.get(size);
  if (start === undefined || length === undefined) return;
  for (let at = 0n; at + BigInt(entry) <= length; at += BigInt(entry)) yield start + at;
}

/** The segments by the addresses that they were linked for. */
class LinkedMemory {
  readonly #guest: string;
  readonly #segments: readonly ElfSegment[];
  readonly #bias: bigint;
  readonly #word: number;

  constructor(guest: string, segments: readonly ElfSegment[], bias: bigint, word: number) {
    this.#guest = guest;
    this.#segments = segments;
    this.#bias = bias;
    this.#word = word;
  }

  read(address: bigint): bigint {
    const { view, at } = this.#find(address);
    return this.#word === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true));
  }

  write(address: bigint, value: bigint): void {
    const { view, at } = this.#find(address);
    if (this.#word === 8) view.setBigUint64(at, BigInt.asUintN(64, value), true);
    else view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  }

  #find(address: bigint): { view: DataView; at: number } {
    for (const { linkedAt, data } of this.#segments) {
      const at = address + this.#bias - linkedAt;
      if (at >= 0n && at + BigInt(this.#word) <= BigInt(data.length))
        return { view: viewOf(data), at: Number(at) };
    }
    throw inputError(
      `${this.#guest} has a relocation at ${hex(address)}, which is not in its data: link it again.`,
    );
  }
}
