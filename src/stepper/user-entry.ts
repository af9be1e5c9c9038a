/** Which instructions go from the kernel to 64-bit user code, known before they run. */
import { hex } from '../base/number-text.js';
import { Flow } from '../x86/instruction-class.js';
import type { Code } from './code-cache.js';
import { indirectTarget, stackTop, type MachineView } from './expected-rip.js';
import { describeInstruction } from './failure.js';
import { descriptorOf } from './gates.js';
import { isLong, privilegeOf } from '../machine/register-words.js';

const USER = 3;
/** L of a code segment descriptor. */
const LONG_CODE = 1n << 53n;

/**
 * The rip in 64-bit user code to which `code` is about to go, or undefined where it goes elsewhere.
 * It must be asked before: a KVM that does not step user mode does not stop behind it either.
 */
export function userEntry(code: Code, machine: MachineView): bigint | undefined {
  const { words } = machine;
  if (!isLong(words) || privilegeOf(words) === USER) return undefined;
  switch (code.class.flow) {
    case Flow.interruptReturn:
    case Flow.returnFar:
      return entersByStack(code, machine) ? indirectTarget(code.class, machine) : undefined;
    case Flow.systemReturn:
      // To compatibility mode too: PVM's emulator takes every SYSRET for the 64-bit one (observed).
      return indirectTarget(code.class, machine);
    default:
      return undefined;
  }
}

/** The selector lies behind rip, in a slot of the same size. */
function entersByStack(code: Code, { words, memory }: MachineView): boolean {
  const slot = stackTop(words) + BigInt(code.class.branchSize);
  const selector = Number((memory.readNumber(slot, 2) ?? 0n) & 0xffffn);
  if ((selector & 3) !== USER) return false;
  return ((descriptorOf(selector, words, memory) ?? 0n) & LONG_CODE) !== 0n;
}

/** Why the recording ends there, in one sentence. */
export function describeUserEntry(code: Code, rip: bigint, words: Int32Array): string {
  return (
    `${describeInstruction(code, words)} enters user mode at ${hex(rip)}, and this KVM ` +
    'runs 64-bit user mode natively and ignores single step there; record on a machine whose ' +
    '/dev/kvm uses VMX or SVM (32-bit user mode can be recorded here too)'
  );
}
