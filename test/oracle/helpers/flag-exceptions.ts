import { Mnemonic, withInstruction } from '../../../src/x86/iced.js';
import type { TraceInstruction } from './cursor.js';

const CF = 1;
const AF = 0x10;
const ZF = 0x40;
const SF = 0x80;
const OF = 0x800;

/**
 * Flags that need not be as the CPU has them, by instruction.
 *
 * AAM and AAD leave OF, AF and CF undefined (SDM vol. 2), and KVM's emulator takes SF and ZF from AX,
 * not from AL as the SDM says (em_aam and em_aad of arch/x86/kvm/emulate.c OR into an operand of two
 * bytes): KVM is wrong there, and the trace is right about what KVM did. DAS leaves OF undefined.
 * All other instructions that KVM can run have, even where the manual says nothing, the flags of the
 * CPU: the emulator runs its arithmetic with the CPU's own instructions.
 */
const EXCEPTIONS: ReadonlyMap<Mnemonic, number> = new Map([
  [Mnemonic.Aam, OF | AF | CF | SF | ZF],
  [Mnemonic.Aad, OF | AF | CF | SF | ZF],
  [Mnemonic.Das, OF],
]);

const known = new Map<TraceInstruction, number>();

/** Bits of rflags that may differ after the instruction. */
export function exceptedFlags(instruction: TraceInstruction): number {
  let flags = known.get(instruction);
  if (flags === undefined) {
    const { bytes, mode, rip } = instruction;
    flags = withInstruction(bytes, mode, rip, ({ mnemonic }) => EXCEPTIONS.get(mnemonic) ?? 0);
    known.set(instruction, flags);
  }
  return flags;
}
