/**
 * The error code of a #PF that an instruction raises which reads memory and writes it back. A processor
 * says that it was a write (SDM vol. 3, 4.7). QEMU loads first, and faults as a read (gen_op in
 * target/i386/tcg/translate.c, 7.2).
 */
import { LinearAddress } from '../x86/linear-address.js';
import { CR2, WordRegisters } from '../machine/register-words.js';
import { wide } from '../base/halves.js';
import type { Code } from './code-cache.js';
import { stackTop } from './expected-rip.js';
import type { VcpuControl } from './vcpu-control.js';

/** Bits of the error code: W/R, and I/D, which says that it was the fetch that faulted. */
const WRITE = 2;
const FETCH = 16;

/** Puts the error code on the stack right, where the vCPU stands at the handler, and returns it. */
export function mendWriteFault(control: VcpuControl, code: Code, errorCode: number): number {
  if (!control.vcpu.isEmulated || (errorCode & (WRITE | FETCH)) !== 0) return errorCode;
  const { before, words } = control;
  const faulted = wide(words[CR2]!, words[CR2 + 1]!);
  const registers = new WordRegisters(before);
  const address = new LinearAddress();
  const writesThere = code.class.operands.some((operand) => {
    if (!operand.reads || !operand.writes) return false;
    address.of(operand, registers, code.mode === 64);
    return faulted >= address.value && faulted < address.value + BigInt(operand.size);
  });
  if (!writesThere) return errorCode;
  const right = errorCode | WRITE;
  control.writeByte(stackTop(words), right & 0xff);
  return right;
}
