import { MSR_STAR, MSR_LSTAR, MSR_FMASK } from '../x86/control-bits.js';
import type { Msr } from '../kvm/msrs.js';
import { SELECTOR, SYSCALL_ENTRY } from './layout.js';

/** TF, IF and DF: what an operating system has SYSCALL clear. */
const CLEARED_FLAGS = 0x700n;

/** SYSRET takes cs from STAR[63:48] + 16 and ss from + 8, SYSCALL from STAR[47:32] and + 8. */
const STAR = (BigInt(SELECTOR.userData - 8) << 48n) | (BigInt(SELECTOR.code64) << 32n);

/** The MSRs that SYSCALL and SYSRET go by (SDM vol. 3, 6.8.8). */
export const SYSTEM_CALL_MSRS: readonly Msr[] = [
  { index: MSR_STAR, data: STAR },
  { index: MSR_LSTAR, data: BigInt(SYSCALL_ENTRY) },
  { index: MSR_FMASK, data: CLEARED_FLAGS },
];
