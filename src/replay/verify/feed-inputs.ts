import type { Code } from '../../stepper/code-cache.js';
import type { Stepper } from '../../stepper/stepper.js';
import type { FedStep } from '../../trace/step-feed.js';

const RAX = 0;
const RBX = 1;
const RCX = 2;
const RDX = 3;
const RFLAGS_ID = 16;

/**
 * After an instruction whose result does not follow from the state before: gives the registers that
 * it writes the recorded values. RDTSC is the host's counter whatever one sets (kvm-stepping,
 * "Determinism"), and a random number cannot be asked for again.
 *
 * @returns how many inputs were fed
 */
export function feedInputs(stepper: Stepper, code: Code, fed: FedStep): number {
  if (code.class.input === undefined) return 0;
  const written = registersOf(code);
  // Flags that an interrupt after the step has changed again are not the instruction's.
  if (code.class.input === 'random' && fed.interruptions.length === 0) written.add(RFLAGS_ID);
  let changed = false;
  for (let i = 0; i < fed.registerCount * 3; i += 3) {
    const id = fed.registers[i]!;
    if (!written.has(id)) continue;
    changed = stepper.setRegister(id, fed.registers[i + 1]!, fed.registers[i + 2]!) || changed;
    written.delete(id);
  }
  // Not in the trace: the value was what the register held already.
  for (const id of written) changed = stepper.keepRegister(id) || changed;
  if (changed) stepper.writeBack();
  return 1;
}

function registersOf(code: Code): Set<number> {
  switch (code.class.input) {
    case 'random':
      return new Set([code.class.destination]);
    case 'cpuid':
      return new Set([RAX, RBX, RCX, RDX]);
    case 'tscp':
      return new Set([RAX, RCX, RDX]);
    default:
      return new Set([RAX, RDX]);
  }
}
