/** Bits of control registers and numbers of MSRs (SDM vol. 3, 2.5 and vol. 4), the low word of each. */
import { lowWord } from '../base/halves.js';

/** CR0.PE: protected mode. */
export const CR0_PE = 1 << 0;
/** CR0.PG: paging; negative, as it is the sign of the word. */
export const CR0_PG = 1 << 31;
/** CR4.PSE: pages of 4 MiB in 32-bit paging. */
export const CR4_PSE = 1 << 4;
/** CR4.PAE: entries of 64 bits. */
export const CR4_PAE = 1 << 5;
/** CR4.LA57: five levels of paging. */
export const CR4_LA57 = 1 << 12;
/** EFER.LMA: long mode is active, 64-bit or compatibility code runs. */
export const EFER_LMA = 1 << 10;

/** Where SYSCALL goes to and SYSRET back: selectors. */
export const MSR_STAR = 0xc0000081;
/** Where SYSCALL of 64-bit code goes to. */
export const MSR_LSTAR = 0xc0000082;
/** Where SYSCALL of compatibility code goes to. */
export const MSR_CSTAR = 0xc0000083;
/** What SYSCALL clears of the flags. */
export const MSR_FMASK = 0xc0000084;
/** What SWAPGS exchanges the base of gs with. */
export const MSR_KERNEL_GS_BASE = 0xc0000102;

/** Whether CR0 has paging on. */
export function hasPaging(cr0: bigint): boolean {
  return (lowWord(cr0) & CR0_PG) !== 0;
}

/** Whether EFER says that long mode is active. */
export function isLongMode(efer: bigint): boolean {
  return (lowWord(efer) & EFER_LMA) !== 0;
}
