/** Places that values are in, as a search backwards from one follows them. */
import { hex } from '../../base/number-text.js';
import { GENERAL_REGISTERS, REGISTER_XMM, REGISTER_YMM } from '../../trace/format/registers.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import { flagNamesOf } from '../../x86/flag-bits.js';
import type { RegisterPart } from '../../x86/register-part.js';
import type { PhysicalRange } from '../last-writes.js';

/** Bytes of memory. */
export interface MemoryPlace {
  readonly kind: 'memory';
  /** Of its first byte. */
  readonly gpa: number;
  /** In bytes. */
  readonly size: number;
  /** The linear address that it was reached by, if it was. */
  readonly gva: bigint | undefined;
  /** Where it lies, in order: one range, or one on each of several pages. */
  readonly pieces: readonly PhysicalRange[];
}

/** Flags of rflags, as a set of bits. */
export interface FlagsPlace {
  readonly kind: 'flags';
  readonly bits: number;
}

/** Somewhere that a value can be. */
export type Place = RegisterPart | FlagsPlace | MemoryPlace;

/** Memory of some pieces, at least one; those that lie together are joined. */
export function memoryPlace(
  gva: bigint | undefined,
  pieces: readonly PhysicalRange[],
): MemoryPlace {
  const joined: { gpa: number; length: number }[] = [];
  let size = 0;
  for (const { gpa, length } of pieces) {
    size += length;
    const last = joined.at(-1);
    if (last !== undefined && last.gpa + last.length === gpa) last.length += length;
    else joined.push({ gpa, length });
  }
  return { kind: 'memory', gpa: joined[0]!.gpa, size, gva, pieces: joined };
}

/** Bytes `from` up to, not including, `to` of a place. */
export function memoryPart(place: MemoryPlace, from: number, to: number): MemoryPlace {
  if (from === 0 && to === place.size) return place;
  const pieces: PhysicalRange[] = [];
  let start = 0;
  for (const { gpa, length } of place.pieces) {
    const first = Math.max(from, start);
    const end = Math.min(to, start + length);
    if (first < end) pieces.push({ gpa: gpa + first - start, length: end - first });
    start += length;
  }
  return memoryPlace(place.gva === undefined ? undefined : place.gva + BigInt(from), pieces);
}

/** `rax`, `rax[1..3]`, `zf`, `[0x1000]:8`, `phys:[0x1000]:8`. */
export function placeName(place: Place): string {
  switch (place.kind) {
    case 'register':
      return place.name;
    case 'flags':
      return flagNamesOf(place.bits);
    case 'memory': {
      if (place.gva === undefined) return `phys:[${hex(place.gpa)}]:${place.size}`;
      return `[${hex(place.gva)}]:${place.size}`;
    }
  }
}

/** Bytes of a register, named after those. */
export function partOf(part: RegisterPart, offset: number, size: number): RegisterPart {
  if (part.offset === offset && part.size === size) return part;
  const whole =
    part.family === 'general'
      ? (GENERAL_REGISTERS[part.index] ?? part.name)
      : part.name.replace(/\[\d+\.\.\d+\]$/, '');
  const name =
    part.family === 'general' && offset === 0
      ? narrow(whole, size)
      : `${whole}[${offset}..${offset + size - 1}]`;
  return { ...part, name, offset, size };
}

/** `rax` of 4 bytes is `eax`. */
function narrow(whole: string, size: number): string {
  const numbered = /^r\d/.test(whole);
  const letters = whole.slice(1);
  switch (size) {
    case 8:
      return whole;
    case 4:
      return numbered ? `${whole}d` : `e${letters}`;
    case 2:
      return numbered ? `${whole}w` : letters;
    case 1:
      if (numbered) return `${whole}b`;
      return letters.endsWith('x') ? `${letters[0]!}l` : `${letters}l`;
    default:
      return `${whole}[0..${size - 1}]`;
  }
}

/** Ids in `register` of the 64-bit pieces that hold the bytes, with where each begins. */
export function registerIds(
  file: TraceFile,
  part: RegisterPart,
): readonly { readonly id: number; readonly offset: number }[] {
  switch (part.family) {
    case 'general':
      return [{ id: part.index, offset: 0 }];
    case 'vector': {
      const pieces = [
        REGISTER_XMM + 2 * part.index,
        REGISTER_XMM + 2 * part.index + 1,
        REGISTER_YMM + 2 * part.index,
        REGISTER_YMM + 2 * part.index + 1,
      ];
      return pieces
        .map((id, i) => ({ id, offset: i * 8 }))
        .filter(({ offset }) => offset < part.offset + part.size && offset + 8 > part.offset)
        .filter(({ id }) => id < REGISTER_YMM + 32 && part.index < 16);
    }
    case 'other': {
      const found = file.registers.named(part.whole);
      return found === undefined ? [] : [{ id: found.id, offset: 0 }];
    }
  }
}

/** The bits of a part that are in the 64-bit piece that begins at its byte `offset`. */
export function bitsOf(part: RegisterPart, offset: number): bigint {
  const from = Math.max(part.offset - offset, 0);
  const to = Math.min(part.offset + part.size - offset, 8);
  return BigInt.asUintN((to - from) * 8, -1n) << BigInt(from * 8);
}
