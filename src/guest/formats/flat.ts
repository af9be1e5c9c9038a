import { hex } from '../../base/number-text.js';
import { inputError } from '../../base/errors.js';
import { option } from '../../base/option-names.js';
import { DEFAULT_MEMORY_SIZE, memoryLayout, type MemoryLayout } from '../memory-map.js';
import type { GuestFormat } from './format.js';
import type { GuestMode } from '../mode.js';
import type { GuestImage } from './image.js';
import { checkInRam } from './placement.js';
import { sha256 } from '../../base/sha256.js';

/** The end of what 16-bit addresses with a segment reach, but for the 64 KiB less 16 above it. */
const REAL_MODE_END = 0x100000n;

/** Where a flat guest goes when --load does not say: as a boot sector, or where kernels go. */
export const DEFAULT_LOAD: Readonly<Record<GuestMode, bigint>> = {
  real: 0x7c00n,
  protected: 0x100000n,
  long: 0x100000n,
};

/** How a flat binary is loaded and started. */
export interface FlatOptions {
  readonly mode: GuestMode;
  readonly layout: MemoryLayout;
  /** Guest-physical address of the first byte; DEFAULT_LOAD otherwise. */
  readonly load?: bigint | undefined;
  /** Guest-physical address of the first instruction; the load address otherwise. */
  readonly entry?: bigint | undefined;
}

/** Bytes that are run as they are. Nothing in a file says that it is this. */
export const flatFormat: GuestFormat = {
  name: 'flat',
  matches: () => false,
  load({ title, bytes }, options) {
    const { mode = 'real', load, entry, memory = DEFAULT_MEMORY_SIZE } = options;
    const layout = memoryLayout(memory, mode);
    return { image: loadFlat(title, bytes, { mode, layout, load, entry }), layout };
  },
};

function checkRealMode(guest: string, load: bigint, size: bigint, entry: bigint): void {
  if (load + size > REAL_MODE_END) {
    throw inputError(
      `${guest}: the image at ${hex(load)}-${hex(load + size - 1n)} ends above the 1 MiB of real mode: give a lower ${option('load')}.`,
    );
  }
  if (entry >= REAL_MODE_END) {
    throw inputError(
      `${guest}: ${option('entry')} ${hex(entry)} is above the 1 MiB of real mode: give an address inside of the image.`,
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
  const place = (what: string, gpa: bigint, bytesLong: bigint, name: string): void => {
    checkInRam(guest, { what, gpa, size: bytesLong }, layout, `give another ${option(name)}`);
  };
  place('the image', load, size, 'load');
  place(`its ${option('entry')}`, entry, 1n, 'entry');
  return {
    format: 'flat',
    mode,
    segments: [{ gpa: Number(load), data: bytes, memorySize: bytes.length }],
    entry,
    symbols: [],
    sha256: sha256(bytes),
  };
}
