/** Places that values are in, as a search backwards from one follows them. */
import { REGISTER_XMM, REGISTER_YMM } from '../../trace/registers.js';
import type { TraceFile } from '../../trace/reader/trace-file.js';
import { flagNamesOf } from '../../x86/flag-bits.js';
import type { RegisterPart } from '../../x86/register-part.js';

export interface MemoryPlace {
  readonly kind: 'memory';
  readonly gpa: number;
  /** In bytes. */
  readonly size: number;
  /** The linear address that it was reached by, if it was. */
  readonly gva: bigint | undefined;
}

export interface FlagsPlace {
  readonly kind: 'flags';
  readonly bits: number;
}

export type Place = RegisterPart | FlagsPlace | MemoryPlace;

/** `rax`, `rax[1..3]`, `zf`, `[0x1000]:8`. */
export function placeName(place: Place): string {
  switch (place.kind) {
    case 'register':
      return place.name;
    case 'flags':
      return flagNamesOf(place.bits);
    case 'memory': {
      const address = place.gva ?? BigInt(place.gpa);
      return `[0x${address.toString(16)}]:${place.size}`;
    }
  }
}

/** Bytes of a register, named after those. */
export function partOf(part: RegisterPart, offset: number, size: number): RegisterPart {
  if (part.offset === offset && part.size === size) return part;
  const whole = part.family === 'general' ? (GENERAL[part.index] ?? part.name) : part.name;
  const name =
    part.family === 'general' && offset === 0
      ? narrow(whole, size)
      : `${whole}[${offset}..${offset + size - 1}]`;
  return { ...part, name, offset, size };
}

const GENERAL = [
  'rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rsp', 'rbp',
  'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15',
]; // prettier-ignore

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
      const found = file.registers.named(part.name);
      return found === undefined ? [] : [{ id: found.id, offset: 0 }];
    }
  }
}

/** The little-endian value of the bytes of a register in state `state`; undefined if not recorded. */
export function registerValue(
  file: TraceFile,
  part: RegisterPart,
  state: number,
): bigint | undefined {
  let whole = 0n;
  const pieces = registerIds(file, part);
  if (pieces.length === 0) return undefined;
  for (const { id, offset } of pieces) {
    const value = file.registers.last(id, state)?.value;
    if (value === undefined) return undefined;
    whole |= value << BigInt(offset * 8);
  }
  return BigInt.asUintN(part.size * 8, whole >> BigInt(part.offset * 8));
}
