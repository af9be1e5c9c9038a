import { inputError } from '../../errors.js';
import type { MemoryLayout } from '../boot/layout.js';
import type { GuestImage, GuestMode } from './image.js';
import { hex } from './numbers.js';
import { checkInRam } from './placement.js';
import { sha256 } from './sha256.js';

/** The end of what 16-bit addresses with a segment reach, but for the 64 KiB less 16 above it. */
const REAL_MODE_END = 0x100000n;

/** Where a flat guest goes when --load does not say: as a boot sector, or where kernels go. */
export const DEFAULT_LOAD: Readonly<Record<GuestMode, bigint>> = {
  real: 0x7c00n,
  protected: 0x100000n,
  long: 0x100000n,
};

export interface FlatOptions {
  readonly mode: GuestMode;
  readonly layout: MemoryLayout;
  /** Guest-physical address of the first byte; DEFAULT_LOAD otherwise. */
  readonly load?: bigint | undefined;
  /** Guest-physical address of the first instruction; the load address otherwise. */
  readonly entry?: bigint | undefined;
}

function checkRealMode(guest: string, load: bigint, size: bigint, entry: bigint): void {
  if (load + size > REAL_MODE_END) {
    throw inputError(
      `${guest}: the image at ${hex(load)}-${hex(load + size - 1n)} ends above the 1 MiB of real mode: give a lower --load.`,
    );
  }
  if (entry >= REAL_MODE_END) {
    throw inputError(
      `${guest}: --entry ${hex(entry)} is above the 1 MiB of real mode: give an address inside of the image.`,
    );
  }
}

/**
 * The image of a flat binary: its bytes as they are, at the load address. `guest` names it in
 * messages. Throws a KvmtraceError when it is empty, does not fit into memory (in real mode: below
 * 1 MiB), or starts outside of memory.
 */
export function loadFlat(guest: string, bytes: Uint8Array, options: FlatOptions): GuestImage {
  const { mode, layout, load = DEFAULT_LOAD[mode] } = options;
  const { entry = load } = options;
  const size = BigInt(bytes.length);
  if (size === 0n)
    throw inputError(`${guest} is empty: give a guest with at least one instruction.`);
  if (mode === 'real') checkRealMode(guest, load, size, entry);
  checkInRam(guest, { what: 'the image', gpa: load, size }, layout, 'give another --load');
  checkInRam(guest, { what: 'its --entry', gpa: entry, size: 1n }, layout, 'give another --entry');
  return {
    format: 'flat',
    mode,
    segments: [{ gpa: Number(load), data: bytes, memorySize: bytes.length }],
    entry,
    symbols: [],
    sha256: sha256(bytes),
  };
}
