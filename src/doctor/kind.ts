/** What runs the guests, told from how it behaves. */
import type { CpuidEntry2 } from '../kvm/abi/cpuid.js';
import type { InstructionResult } from './instructions.js';
import type { HazardResult } from './lab.js';

/** How a KVM runs guests: by VMX, by SVM, or in software (kvm_pvm, its emulator). */
export type KvmKind = 'vmx' | 'svm' | 'software' | 'unknown';

/** What kind it seems to be. */
export interface KindGuess {
  readonly kind: KvmKind;
  /** What it was told from, for people. */
  readonly evidence: readonly string[];
}

const SVM_VENDORS = ['AuthenticAMD', 'HygonGenuine'];
const VMX_VENDORS = ['GenuineIntel', 'CentaurHauls', '  Shanghai  '];

/** The vendor of the CPU that KVM shows its guests: CPUID leaf 0 in the order EBX, EDX, ECX. */
export function vendorOf(cpuid: readonly CpuidEntry2[]): string {
  const leaf = cpuid.find((entry) => entry.function === 0);
  if (leaf === undefined) return '';
  const bytes = Buffer.from(Uint32Array.of(leaf.ebx, leaf.edx, leaf.ecx).buffer);
  return bytes.toString('latin1');
}

/**
 * A CPU with VMX or SVM runs INT n and POPCNT itself and keeps rip at an OUT until that is completed;
 * KVM's emulator refuses the first two and has moved rip on at the exit of the third.
 */
export function guessKind(
  hazards: readonly HazardResult[],
  instructions: readonly InstructionResult[],
  vendor: string,
): KindGuess {
  const evidence: string[] = [];
  const found = (id: string, code: string, says: string): void => {
    if (hazards.some((each) => each.id === id && each.code === code)) evidence.push(says);
  };
  found('int-n', 'refused-assisted', 'refuses INT n at level 0');
  found('out', 'exit-past', 'leaves OUT before it exits');
  found('user-64', 'runs-natively', 'runs 64-bit user mode without stepping');
  const count = (outcome: InstructionResult['outcome']): string =>
    `${instructions.filter((each) => each.outcome === outcome).length} of ${instructions.length} instructions tried`;
  const refuses = instructions.some(({ outcome }) => outcome === 'refused');
  if (refuses) evidence.push(`refuses ${count('refused')}`);
  const answered = instructions.some(({ outcome }) => outcome === 'runs');
  if (evidence.length >= 2) return { kind: 'software', evidence };
  if (!answered) return { kind: 'unknown', evidence };
  evidence.push(`runs ${count('runs')}`, `shows a CPU of ${vendor}`);
  if (SVM_VENDORS.includes(vendor)) return { kind: 'svm', evidence };
  if (VMX_VENDORS.includes(vendor)) return { kind: 'vmx', evidence };
  return { kind: 'unknown', evidence };
}
