/** Segment descriptors as a protected-mode far return loads them (SDM vol. 3, 3.4.5). */
import { descriptorAddress, descriptorOf } from '../gates.js';
import { SEGMENT_WORDS, SREGS } from '../../machine/register-words.js';
import type { VcpuControl } from '../vcpu-control.js';

const CODE = 8;
const CONFORMING_OR_EXPAND_DOWN = 4;
const WRITABLE_OR_READABLE = 2;
const ACCESSED = 1;

/** A segment descriptor, taken apart (SDM vol. 3, 3.4.5). */
export interface Descriptor {
  readonly raw: bigint;
  readonly base: number;
  readonly limit: number;
  readonly type: number;
  readonly isSegment: boolean;
  readonly isCode: boolean;
  readonly isConforming: boolean;
  readonly isWritableData: boolean;
  readonly dpl: number;
  readonly present: boolean;
}

/** The descriptor of a selector; undefined for null selectors and beyond the table. */
export function readDescriptor(control: VcpuControl, selector: number): Descriptor | undefined {
  if ((selector & 0xfffc) === 0) return undefined;
  const raw = descriptorOf(selector, control.words, control.memory);
  if (raw === undefined) return undefined;
  const low = Number(raw & 0xffffffffn);
  const high = Number(raw >> 32n);
  const type = (high >>> 8) & 0xf;
  const isSegment = (high & 0x1000) !== 0;
  const pages = (high & 0x800000) !== 0;
  const limit = (low & 0xffff) | (high & 0xf0000);
  return {
    raw,
    base: ((low >>> 16) | ((high & 0xff) << 16) | (high & 0xff000000)) >>> 0,
    limit: (pages ? (limit << 12) | 0xfff : limit) >>> 0,
    type,
    isSegment,
    isCode: isSegment && (type & CODE) !== 0,
    isConforming: isSegment && (type & CODE) !== 0 && (type & CONFORMING_OR_EXPAND_DOWN) !== 0,
    isWritableData: isSegment && (type & CODE) === 0 && (type & WRITABLE_OR_READABLE) !== 0,
    dpl: (high >>> 13) & 3,
    present: (high & 0x8000) !== 0,
  };
}

/** Writes a segment register (index in struct kvm_sregs) and the descriptor's Accessed bit. */
export function loadSegment(
  control: VcpuControl,
  segment: number,
  selector: number,
  descriptor: Descriptor,
): void {
  const at = SREGS + segment * SEGMENT_WORDS;
  const { words } = control;
  const high = Number(descriptor.raw >> 32n);
  words[at] = descriptor.base;
  words[at + 1] = 0;
  words[at + 2] = descriptor.limit;
  // selector, type, present; dpl, db, s, l; g, avl, unusable, padding (struct kvm_segment).
  words[at + 3] = selector | ((descriptor.type | ACCESSED) << 16) | (1 << 24);
  words[at + 4] =
    descriptor.dpl | (((high >>> 22) & 1) << 8) | (1 << 16) | (((high >>> 21) & 1) << 24);
  words[at + 5] = ((high >>> 23) & 1) | (((high >>> 20) & 1) << 8);
  if ((descriptor.type & ACCESSED) === 0) {
    control.writeByte(
      descriptorAddress(selector, words) + 5n,
      (((high >>> 8) & 0xff) | ACCESSED) & 0xff,
    );
  }
}

/** Makes a data segment register null, as a return to an outer level does with inner segments. */
export function clearSegment(control: VcpuControl, segment: number): void {
  const at = SREGS + segment * SEGMENT_WORDS;
  control.words.fill(0, at, at + SEGMENT_WORDS);
  control.words[at + 5] = 1 << 16;
}
