import { CODE64, DATA32, loadSegment } from '../guest/boot/segments.js';
import type { Vcpu } from '../kvm/vcpu.js';
import {
  CR0_AM,
  CR0_ET,
  CR0_MP,
  CR0_NE,
  CR0_PE,
  CR0_PG,
  CR0_WP,
  CR4_PAE,
  EFER_LMA,
  EFER_LME,
  PageTableBase,
} from './constants.js';

const CODE_SELECTOR = 1 << 3;
const DATA_SELECTOR = 2 << 3;

const START = 0x10_0000n;
/** The top of the first 2 MiB; the stack grows down from it. */
const STACK = 0x20_0000n;
/** All flags clear; bit 1 is always set. */
const RFLAGS = 2n;

/**
 * Puts a vCPU into 64-bit mode at 0x100000 with interrupts off and no IDT. What KVM gave for the
 * new vCPU is changed, not replaced: fields that one makes up oneself fail on some CPUs.
 */
export function enterLongMode(vcpu: Vcpu): void {
  const sregs = vcpu.getSregs();
  loadSegment(sregs.cs, CODE_SELECTOR, CODE64);
  for (const segment of [sregs.ds, sregs.es, sregs.fs, sregs.gs, sregs.ss]) {
    loadSegment(segment, DATA_SELECTOR, DATA32);
  }
  const cr0 = CR0_PE + CR0_MP + CR0_ET + CR0_NE + CR0_WP + CR0_AM + CR0_PG;
  sregs.assign({
    cr0: BigInt(cr0),
    cr3: BigInt(PageTableBase),
    cr4: BigInt(CR4_PAE),
    efer: BigInt(EFER_LME + EFER_LMA),
  });
  vcpu.setSregs(sregs);
  const regs = vcpu.getRegs();
  regs.assign({ rip: START, rsp: STACK, rflags: RFLAGS });
  vcpu.setRegs(regs);
}
