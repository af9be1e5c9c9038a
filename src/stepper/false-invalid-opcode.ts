/**
 * #UD where no processor raises it: KVM's emulator in user mode, for what it lacks, and QEMU for INT1
 * (translate.c of 7.2 leaves it out: WANT_ICEBP).
 */
import { Flow } from '../x86/instruction-class.js';
import type { Code } from './code-cache.js';
import type { Delivery } from './delivered.js';

const INVALID_OPCODE = 6;
const DOUBLE_FAULT = 8;
const NOT_PRESENT = 11;
const GENERAL_PROTECTION = 13;

const INT1 = 0xf1;

/** Whether a #UD of the instruction is a false one, on a KVM of this kind. */
export function isNeverInvalid(code: Code, stepsByTrapFlag: boolean): boolean {
  const { flow } = code.class;
  if (stepsByTrapFlag) return flow === Flow.softwareInterrupt && isInt1(code);
  return flow === Flow.softwareInterrupt || flow === Flow.interruptReturn;
}

/** INT1 has an opcode of its own, and asks for no privilege at its gate (SDM vol. 2, INT n). */
export function isInt1({ class: { vector }, bytes }: Code): boolean {
  return vector === 1 && bytes.at(-1) === INT1;
}

/** Whether it can have begun as #UD: perhaps that has no gate, and something else came of it. */
export function fromInvalidOpcode(delivery: Delivery | 'shutdown' | undefined): boolean {
  if (typeof delivery !== 'object') return true;
  if (delivery.vector === INVALID_OPCODE || delivery.vector === DOUBLE_FAULT) return true;
  const isGateFault = delivery.vector === NOT_PRESENT || delivery.vector === GENERAL_PROTECTION;
  return isGateFault && (delivery.errorCode ?? 0) >> 3 === INVALID_OPCODE;
}
