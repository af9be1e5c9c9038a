/**
 * Where a guest's segments were linked and where they were loaded: kernels run at the one address until
 * they have paging as they want it, and at the other from then on, and their symbols know only the latter.
 */
import { hex } from '../../base/number-text.js';
import type { MetaValue } from './meta.js';

/** A piece of the guest's file; addresses of it are unsigned, its size is in bytes. */
export interface LinkedRange {
  /** Linear address that it was linked for, which symbols use. */
  readonly linkedAt: bigint;
  readonly gpa: bigint;
  readonly size: bigint;
}

/** More segments than any linker makes: beyond that it is no text of a recorder's. */
const MAX_RANGES = 4096;
const RANGE = /^0x([0-9a-f]{1,16})@0x([0-9a-f]{1,16})\+0x([0-9a-f]{1,16})$/;

/** Turns the address where code runs into the one that its symbols have. */
export class LoadMap {
  readonly #ranges: readonly LinkedRange[];
  /** Whether the ranges are all that was loaded, so that no symbol reaches beyond the end of its own. */
  readonly #isWhole: boolean;

  constructor(ranges: readonly LinkedRange[], isWhole: boolean) {
    this.#ranges = ranges;
    this.#isWhole = isWhole;
  }

  /** All of the guest is as far from where it was linked: what is known of early traces. */
  static ofDistance(distance: bigint): LoadMap {
    return new LoadMap([{ linkedAt: distance, gpa: 0n, size: 2n ** 64n - distance }], false);
  }

  /** From `meta.segments`; undefined where the trace does not have it. */
  static parse(value: MetaValue | undefined): LoadMap | undefined {
    if (typeof value !== 'string') return undefined;
    const words = value.split(' ', MAX_RANGES + 1).map((word) => RANGE.exec(word));
    if (words.length > MAX_RANGES || words.includes(null)) return undefined;
    const ranges = words.map((word) => {
      const [linkedAt, gpa, size] = word!.slice(1).map((digits) => BigInt(`0x${digits}`));
      return { linkedAt: linkedAt!, gpa: gpa!, size: size! };
    });
    return new LoadMap(ranges, true);
  }

  /** What `parse` reads: `0xffffffff80100000@0x100000+0x3000`, one for each range. */
  static format(ranges: readonly LinkedRange[]): string {
    return ranges
      .map(({ linkedAt, gpa, size }) => [linkedAt, gpa, size].map((value) => hex(value)))
      .map(([linkedAt, gpa, size]) => `${linkedAt!}@${gpa!}+${size!}`)
      .join(' ');
  }

  /** The address that was linked for what lies at a physical one, if that is another. */
  linked(address: bigint): bigint | undefined {
    const range = this.#ranges.find(({ gpa, size }) => address >= gpa && address < gpa + size);
    if (range === undefined || range.linkedAt === range.gpa) return undefined;
    return address - range.gpa + range.linkedAt;
  }

  /** Where what was linked for an address lies, if that is elsewhere. */
  loaded(address: bigint): bigint | undefined {
    const range = this.#holding(address);
    if (range === undefined || range.linkedAt === range.gpa) return undefined;
    return address - range.linkedAt + range.gpa;
  }

  /** Up to where, not including, a symbol of unknown size may go; undefined where nothing tells. */
  limit(address: bigint): bigint | undefined {
    if (!this.#isWhole) return undefined;
    const range = this.#holding(address);
    return range === undefined ? address : range.linkedAt + range.size;
  }

  #holding(address: bigint): LinkedRange | undefined {
    return this.#ranges.find(
      ({ linkedAt, size }) => address >= linkedAt && address < linkedAt + size,
    );
  }
}
