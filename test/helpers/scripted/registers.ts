/** The registers of a trace, put where a vCPU has them. */
import { XSAVE_FIELDS } from '../../../src/capture/fpu-delta.js';
import {
  APIC_BASE,
  CR0,
  GDT,
  RFLAGS,
  SEGMENT_WORDS,
  SREGS,
} from '../../../src/machine/register-words.js';
import {
  GENERAL_REGISTERS,
  REGISTER_APIC_BASE,
  REGISTER_CR0,
  REGISTER_FPU_CONTROL,
  REGISTER_GDTR_BASE,
  REGISTER_MSR,
  REGISTER_RFLAGS,
  REGISTER_SEGMENTS,
} from '../../../src/trace/format/registers.js';

const SELECTOR = 0;
const BASE = 1;
const LIMIT = 2;
/** Words of a descriptor table: base, limit, padding. */
const TABLE_WORDS = 4;

/** Writes a register that KVM shares into the words; false for those that it does not. */
export function putShared(words: Int32Array, id: number, low: number, high: number): boolean {
  if (id < GENERAL_REGISTERS.length) put(words, 2 * id, low, high);
  else if (id === REGISTER_RFLAGS) put(words, RFLAGS, low, high);
  else if (id < REGISTER_GDTR_BASE) putSegment(words, id - REGISTER_SEGMENTS, low, high);
  else if (id < REGISTER_CR0) putTable(words, id - REGISTER_GDTR_BASE, low, high);
  else if (id <= REGISTER_APIC_BASE) put(words, CR0 + 2 * (id - REGISTER_CR0), low, high);
  else return false;
  return true;
}

function put(words: Int32Array, at: number, low: number, high: number): void {
  words[at] = low;
  words[at + 1] = high;
}

function putTable(words: Int32Array, index: number, low: number, high: number): void {
  const at = GDT + TABLE_WORDS * (index >> 1);
  if ((index & 1) === 0) put(words, at, low, high);
  else words[at + 2] = (words[at + 2]! & ~0xffff) | low;
}

/** Attributes as VMX has them (SDM vol. 3, table 26-2), into the bytes of struct kvm_segment. */
function putSegment(words: Int32Array, index: number, low: number, high: number): void {
  const at = SREGS + SEGMENT_WORDS * (index >> 2);
  const field = index & 3;
  if (field === BASE) put(words, at, low, high);
  else if (field === LIMIT) words[at + 2] = low;
  else if (field === SELECTOR) words[at + 3] = (words[at + 3]! & ~0xffff) | low;
  else {
    const bit = (n: number): number => (low >>> n) & 1;
    words[at + 3] = (words[at + 3]! & 0xffff) | ((low & 0xf) << 16) | (bit(7) << 24);
    words[at + 4] = ((low >>> 5) & 3) | (bit(14) << 8) | (bit(4) << 16) | (bit(13) << 24);
    words[at + 5] = bit(15) | (bit(12) << 8) | (bit(16) << 16);
  }
}

/** Whether a register is one of the XSAVE area. */
export function isXsave(id: number): boolean {
  return id >= REGISTER_FPU_CONTROL && id < REGISTER_MSR;
}

const FIELDS = new Map(XSAVE_FIELDS.map((field) => [field.id, field]));

/** Writes a register of the XSAVE area. */
export function putXsave(area: Uint8Array, id: number, low: number, high: number): void {
  const { offset, size } = FIELDS.get(id)!;
  const value = new Uint8Array(Int32Array.of(low, high).buffer, 0, size);
  area.set(value, offset);
}

/** Where the words of what KVM shares end. */
export const SHARED_END = APIC_BASE + 2;
