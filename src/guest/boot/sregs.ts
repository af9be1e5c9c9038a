import type { Sregs } from '../../kvm/abi/registers.js';
import type { GuestMode } from '../mode.js';
import type { GuestImage } from '../formats/image.js';
import { realModeEntry } from './registers.js';
import {
  BUSY_TSS,
  CODE32,
  CODE64,
  DATA16,
  DATA32,
  loadSegment,
  realModeCode,
  unloadSegment,
} from './segments.js';
import { GDT_GPA, gdtLimit, PAGE_TABLES_GPA, SELECTOR, TSS_DESCRIPTOR } from './tables.js';

/**
 * PE, MP, ET, NE, WP, AM (and PG); PAE, OSFXSR and OSXMMEXCPT; SCE, LME and LMA: what an
 * operating system would have set, so that x87 and SSE instructions are allowed.
 */
const CONTROL: Readonly<Record<GuestMode, { cr0: bigint; cr4: bigint; efer: bigint }>> = {
  real: { cr0: 0x10n, cr4: 0n, efer: 0n },
  protected: { cr0: 0x0005_0033n, cr4: 0x600n, efer: 0n },
  long: { cr0: 0x8005_0033n, cr4: 0x620n, efer: 0x501n },
};

const DATA_REGISTERS = ['ds', 'es', 'fs', 'gs', 'ss'] as const;

/** The interrupt vector table of real mode: 256 far pointers at 0. */
const VECTOR_TABLE_LIMIT = 0x3ff;

function applyRealMode(sregs: Sregs, entry: bigint): void {
  const { selector } = realModeEntry(entry);
  loadSegment(sregs.cs, selector, realModeCode(selector));
  for (const name of DATA_REGISTERS) loadSegment(sregs[name], 0, DATA16);
  // VMX wants a busy TSS in TR even here; nothing uses it.
  const tss = { ...TSS_DESCRIPTOR, base: 0, limit: 0xffff, type: BUSY_TSS };
  loadSegment(sregs.tr, 0, tss);
  sregs.gdt.assign({ base: 0n, limit: 0xffff });
  sregs.idt.assign({ base: 0n, limit: VECTOR_TABLE_LIMIT });
}

function applyProtectedMode(sregs: Sregs, mode: 'protected' | 'long'): void {
  loadSegment(sregs.cs, SELECTOR.code, mode === 'long' ? CODE64 : CODE32);
  for (const name of DATA_REGISTERS) loadSegment(sregs[name], SELECTOR.data, DATA32);
  loadSegment(sregs.tr, SELECTOR.tss, TSS_DESCRIPTOR);
  sregs.gdt.assign({ base: BigInt(GDT_GPA), limit: gdtLimit(mode) });
  // No IDT: the first exception of a guest that has not loaded one is a triple fault.
  sregs.idt.assign({ base: 0n, limit: 0 });
}

/**
 * Turns the kvm_sregs that KVM gave for a new vCPU into those of state 0, in place: segments,
 * descriptor tables, control registers, EFER. The APIC base stays KVM's.
 */
export function applyBootSregs(sregs: Sregs, image: Pick<GuestImage, 'mode' | 'entry'>): void {
  const { mode, entry } = image;
  if (mode === 'real') applyRealMode(sregs, entry);
  else applyProtectedMode(sregs, mode);
  unloadSegment(sregs.ldt);
  const cr3 = mode === 'long' ? BigInt(PAGE_TABLES_GPA) : 0n;
  sregs.assign({ ...CONTROL[mode], cr2: 0n, cr3, cr8: 0n });
  sregs.interruptBitmap = new BigUint64Array(4);
}
