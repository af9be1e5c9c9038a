import type { GuestImage } from '../formats/image.js';
import { lowRamSize, type MemoryLayout } from '../memory-map.js';

/** The general registers that do not start as 0. */
export interface BootRegisters {
  readonly rip: bigint;
  readonly rsp: bigint;
  readonly rflags: bigint;
}

/** Bit 1 of RFLAGS is always set; interrupts are off. */
const RFLAGS = 2n;

const SEGMENT_END = 0x10000;
const LEAST_STACK = 0x1000;
/** Where a stack in real mode may begin beside the load address, in order of preference. */
const REAL_MODE_STACKS = [0x7000, 0xfff0];

/** Real mode's code segment and offset for a linear address: 0:address wherever that reaches. */
export function realModeEntry(entry: bigint): { readonly selector: number; readonly ip: bigint } {
  return entry < BigInt(SEGMENT_END)
    ? { selector: 0, ip: entry }
    : { selector: Number(entry >> 4n), ip: entry & 15n };
}

/**
 * Stack pointer of real mode, in segment 0: just below the image if 4 KiB are free there, else
 * 0x7000 or 0xfff0, the first with 4 KiB that are not the image's. A guest that fills all of these
 * brings its own stack.
 */
function realModeStack(image: GuestImage): number {
  const free = (top: number): boolean =>
    top >= LEAST_STACK &&
    top < SEGMENT_END &&
    image.segments.every(
      ({ gpa, memorySize }) => top <= gpa || top - LEAST_STACK >= gpa + memorySize,
    );
  const load = (image.segments[0]?.gpa ?? 0) & ~15;
  return [load, ...REAL_MODE_STACKS].find(free) ?? REAL_MODE_STACKS[0]!;
}

/**
 * rip, rsp and rflags of state 0; all other general registers are 0. In protected and long mode
 * the stack starts at the top of the RAM below 3 GiB, aligned to 16 bytes (to pages, in fact).
 */
export function bootRegisters(image: GuestImage, layout: MemoryLayout): BootRegisters {
  if (image.mode === 'real') {
    const { ip } = realModeEntry(image.entry);
    return { rip: ip, rsp: BigInt(realModeStack(image)), rflags: RFLAGS };
  }
  return { rip: image.entry, rsp: BigInt(lowRamSize(layout)), rflags: RFLAGS };
}
