import { kvmMsrFilter } from './abi/capability.js';
import { addressOf } from './libc.js';

/** A range of MSRs and what of it is allowed. */
export interface MsrRange {
  /** KVM_MSR_FILTER_READ (1), KVM_MSR_FILTER_WRITE (2), or both. */
  readonly flags: number;
  readonly base: number;
  readonly count: number;
  /** A bit per MSR: 1 allows, 0 denies. None: all are denied. */
  readonly bitmap?: Uint8Array;
}

/** Which MSRs a guest may read and write; what is denied raises #GP in it, or exits. */
export interface MsrFilter {
  /** What happens to MSRs that no range names. */
  readonly byDefault: 'allow' | 'deny';
  /** At most 16. */
  readonly ranges: readonly MsrRange[];
}

/** The kernel's form. Keep what this returns reachable while the kernel reads `bytes`. */
export function encodeMsrFilter(filter: MsrFilter): { bytes: Uint8Array; bitmaps: Uint8Array[] } {
  const encoded = kvmMsrFilter.allocate({ flags: filter.byDefault === 'deny' ? 1 : 0 });
  const { ranges } = encoded;
  if (filter.ranges.length > ranges.length) {
    throw new RangeError(`an MSR filter has at most ${ranges.length} ranges`);
  }
  const bitmaps = filter.ranges.map((range, index) => {
    const bitmap = range.bitmap ?? new Uint8Array(Math.ceil(range.count / 64) * 8);
    const { flags, base, count: nmsrs } = range;
    ranges[index]!.assign({ flags, base, nmsrs, bitmap: addressOf(bitmap) });
    return bitmap;
  });
  return { bytes: encoded.bytes, bitmaps };
}
