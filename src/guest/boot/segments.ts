import type { Segment } from '../../kvm/abi/registers.js';

/**
 * A segment as descriptors and the processor's hidden segment registers both have it (SDM volume
 * 3A, 3.4.5 and 3.5): one value here for both, so that reloading a segment register changes nothing.
 */
export interface SegmentDescriptor {
  readonly base: number;
  /** The last valid offset, in bytes. */
  readonly limit: number;
  readonly type: number;
  /** 1 for code and data, 0 for system segments (LDT, TSS). */
  readonly s: 0 | 1;
  readonly l: 0 | 1;
  readonly db: 0 | 1;
  readonly g: 0 | 1;
}

/** Accessed already: a load would set the bit otherwise, a write that the guest did not ask for. */
const CODE = 0b1011;
const DATA = 0b0011;
/** Type of a TSS that is in use, 32-bit or 64-bit (SDM vol. 3, table 3-2). */
export const BUSY_TSS = 0b1011;

/** 4 GiB from 0 on, as code or data of 64, 32 bits; 64 KiB for 16 bits. */
export const CODE64: SegmentDescriptor = flat(CODE, 1, 0);
/** Flat 32-bit code of level 0. */
export const CODE32: SegmentDescriptor = flat(CODE, 0, 1);
/** Flat 32-bit data of level 0. */
export const DATA32: SegmentDescriptor = flat(DATA, 0, 1);
/** Real-mode code at base 0. */
export const CODE16: SegmentDescriptor = realMode(0, CODE);
/** Real-mode data at base 0. */
export const DATA16: SegmentDescriptor = realMode(0, DATA);

function flat(type: number, l: 0 | 1, db: 0 | 1): SegmentDescriptor {
  return { base: 0, limit: 0xffffffff, type, s: 1, l, db, g: 1 };
}

function realMode(selector: number, type: number): SegmentDescriptor {
  return { base: selector << 4, limit: 0xffff, type, s: 1, l: 0, db: 0, g: 0 };
}

/** What a code segment register holds in real mode after a jump to `selector`. */
export function realModeCode(selector: number): SegmentDescriptor {
  return realMode(selector, CODE);
}

/** The 8-byte descriptor, or the lower half of a 16-byte one. Present, DPL 0. */
export function encodeDescriptor(segment: SegmentDescriptor): bigint {
  const { base, limit, type, s, l, db, g } = segment;
  const limitField = g === 1 ? limit >>> 12 : limit;
  const access = 0x80 | (s << 4) | type;
  const flags = (g << 3) | (db << 2) | (l << 1);
  const low = (limitField & 0xffff) + (base & 0xffff) * 0x10000;
  const high =
    ((base >>> 16) & 0xff) |
    (access << 8) |
    (((limitField >>> 16) & 0xf) << 16) |
    (flags << 20) |
    (base & 0xff000000);
  return (BigInt(high >>> 0) << 32n) | BigInt(low);
}

/** Makes a segment register of KVM's hold `selector` with this descriptor. */
export function loadSegment(
  register: Segment,
  selector: number,
  descriptor: SegmentDescriptor,
): void {
  register.assign({
    ...{ base: BigInt(descriptor.base), limit: descriptor.limit, selector },
    ...{ type: descriptor.type, s: descriptor.s, l: descriptor.l },
    ...{ db: descriptor.db, g: descriptor.g },
    ...{ present: 1, dpl: 0, avl: 0, unusable: 0 },
  });
}

/** Makes a segment register of KVM's hold the null selector. */
export function unloadSegment(register: Segment): void {
  register.assign({
    ...{ base: 0n, limit: 0, selector: 0, type: 0, s: 0, l: 0, db: 0, g: 0 },
    ...{ present: 0, dpl: 0, avl: 0, unusable: 1 },
  });
}
