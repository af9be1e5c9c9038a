import { RFLAGS, SREGS, STEPPING_FLAGS } from '../../machine/register-words.js';

/** struct kvm_regs of live registers, without the flags that stepping leaves. */
export function generalRegisters(words: Int32Array): Uint8Array {
  const regs = words.slice(0, SREGS);
  regs[RFLAGS]! &= ~STEPPING_FLAGS;
  return new Uint8Array(regs.buffer);
}

/** Whether they are those. */
export function hasRegisters(words: Int32Array, registers: Uint8Array): boolean {
  return Buffer.compare(generalRegisters(words), registers) === 0;
}
