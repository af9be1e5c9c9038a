/** The modes in which the doctor's guests run, as segment and control registers. */
import type { Sregs } from '../kvm/abi/registers.js';
import {
  CODE32,
  CODE64,
  DATA16,
  DATA32,
  loadSegment,
  realModeCode,
  unloadSegment,
  type SegmentDescriptor,
} from '../guest/boot/segments.js';
import {
  GDT,
  GDT_LIMIT,
  IDT32,
  IDT64,
  IVT,
  PAGE_TABLES,
  SELECTOR,
  TSS32,
  TSS64,
} from './layout.js';
import { tssDescriptor } from './memory-image.js';

/** Level 0 unless it says user; `compatibility-user` is 32-bit code in long mode. */
export type DoctorMode =
  'real' | 'protected' | 'long' | 'protected-user' | 'long-user' | 'compatibility-user';

/** Operand size of the mode's code. */
export function bitsOf(mode: DoctorMode): 16 | 32 | 64 {
  if (mode === 'real') return 16;
  return mode === 'long' || mode === 'long-user' ? 64 : 32;
}

/** Whether the guest's code runs at level 3. */
export function isUser(mode: DoctorMode): boolean {
  return mode.endsWith('user');
}

/** Whether long mode is active, also under 32-bit code. */
export function isLongMode(mode: DoctorMode): boolean {
  return mode === 'long' || mode === 'long-user' || mode === 'compatibility-user';
}

/** PE, MP, ET, NE, WP, AM (and PG); PAE, OSFXSR, OSXMMEXCPT: x87 and SSE are allowed. */
const CONTROL = {
  real: { cr0: 0x10n, cr3: 0n, cr4: 0n, efer: 0n },
  protected: { cr0: 0x0005_0033n, cr3: 0n, cr4: 0x600n, efer: 0n },
  /** SCE, LME, LMA in EFER. */
  long: { cr0: 0x8005_0033n, cr3: BigInt(PAGE_TABLES), cr4: 0x620n, efer: 0x501n },
} as const;

const DATA_REGISTERS = ['ds', 'es', 'fs', 'gs', 'ss'] as const;

interface CodeSegment {
  readonly selector: number;
  readonly descriptor: SegmentDescriptor;
}

const CODE_SEGMENT: Readonly<Record<DoctorMode, CodeSegment>> = {
  real: { selector: 0, descriptor: realModeCode(0) },
  protected: { selector: SELECTOR.code32, descriptor: CODE32 },
  long: { selector: SELECTOR.code64, descriptor: CODE64 },
  'protected-user': { selector: SELECTOR.userCode32, descriptor: CODE32 },
  'long-user': { selector: SELECTOR.userCode64, descriptor: CODE64 },
  'compatibility-user': { selector: SELECTOR.userCode32, descriptor: CODE32 },
};

/** Turns the kvm_sregs of a new vCPU into those of a guest in `mode`, in place. */
export function applyMode(sregs: Sregs, mode: DoctorMode): void {
  const code = CODE_SEGMENT[mode];
  loadSegment(sregs.cs, code.selector, code.descriptor);
  const dataSelector = mode === 'real' ? 0 : isUser(mode) ? SELECTOR.userData : SELECTOR.data;
  for (const name of DATA_REGISTERS) {
    loadSegment(sregs[name], dataSelector, mode === 'real' ? DATA16 : DATA32);
    if (isUser(mode)) sregs[name].dpl = 3;
  }
  if (isUser(mode)) sregs.cs.dpl = 3;
  const long = isLongMode(mode);
  loadSegment(
    sregs.tr,
    long ? SELECTOR.tss64 : SELECTOR.tss32,
    tssDescriptor(long ? TSS64 : TSS32),
  );
  unloadSegment(sregs.ldt);
  sregs.gdt.assign({ base: BigInt(GDT), limit: GDT_LIMIT });
  if (mode === 'real') sregs.idt.assign({ base: BigInt(IVT), limit: 0x3ff });
  else if (long) sregs.idt.assign({ base: BigInt(IDT64), limit: 0xfff });
  else sregs.idt.assign({ base: BigInt(IDT32), limit: 0x7ff });
  const control = mode === 'real' ? CONTROL.real : long ? CONTROL.long : CONTROL.protected;
  sregs.assign({ ...control, cr2: 0n, cr8: 0n });
  sregs.interruptBitmap = new BigUint64Array(4);
}
