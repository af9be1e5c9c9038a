/** The processor after a reset (SDM volume 3A, table 10-1). */
import type { CpuidEntry2 } from '../../kvm/abi/cpuid.js';
import type { Sregs } from '../../kvm/abi/registers.js';
import { ROM_END } from '../memory-map.js';
import type { BootRegisters } from './registers.js';
import { BUSY_TSS, DATA16, loadSegment, realModeCode } from './segments.js';

/** Where it starts: 16 bytes before 4 GiB. */
export const RESET_VECTOR = ROM_END - 16;

const CODE_SELECTOR = 0xf000;
const CODE_BASE = 0xffff0000;
/** Caches off, and ET, which is always set. */
const CR0 = 0x6000_0010n;
const LDT = 0b0010;
const LIMIT = 0xffff;
const DATA_REGISTERS = ['ds', 'es', 'fs', 'gs', 'ss'] as const;
const LEAF_VERSION = 1;

/** rip, rsp and rflags; RDX has the processor's signature, as CPUID gives it. */
export function resetRegisters(
  cpuid: readonly CpuidEntry2[],
): BootRegisters & { readonly rdx: bigint } {
  const version = cpuid.find((entry) => entry.function === LEAF_VERSION)?.eax ?? 0;
  return { rip: BigInt(RESET_VECTOR - CODE_BASE), rsp: 0n, rflags: 2n, rdx: BigInt(version >>> 0) };
}

/** Turns the kvm_sregs that KVM gave for a new vCPU into those after a reset, in place. */
export function applyResetSregs(sregs: Sregs): void {
  loadSegment(sregs.cs, CODE_SELECTOR, { ...realModeCode(0), base: CODE_BASE });
  for (const name of DATA_REGISTERS) loadSegment(sregs[name], 0, DATA16);
  const system = { base: 0, limit: LIMIT, s: 0, l: 0, db: 0, g: 0 } as const;
  loadSegment(sregs.tr, 0, { ...system, type: BUSY_TSS });
  loadSegment(sregs.ldt, 0, { ...system, type: LDT });
  sregs.gdt.assign({ base: 0n, limit: LIMIT });
  sregs.idt.assign({ base: 0n, limit: LIMIT });
  sregs.assign({ cr0: CR0, cr2: 0n, cr3: 0n, cr4: 0n, cr8: 0n, efer: 0n });
  sregs.interruptBitmap = new BigUint64Array(4);
}
