import { wide } from '../base/halves.js';
import type { InstructionClass } from '../x86/instruction-class.js';

const RAX = 0;
const RBX = 1;
const RDX = 3;

/**
 * What an instruction with a nondeterministic result read: the counter for RDTSC, RDTSCP, RDPMC and
 * RDMSR (edx:eax), the number for RDRAND and RDSEED, eax and ebx for CPUID. All of it is in the
 * step's register writes too; this names it as an input.
 */
export function inputValue(instruction: InstructionClass, words: Int32Array): bigint {
  switch (instruction.input) {
    case 'random': {
      const at = 2 * Math.max(0, instruction.destination);
      return wide(words[at]!, words[at + 1]!);
    }
    case 'cpuid':
      return wide(words[2 * RAX]!, words[2 * RBX]!);
    default:
      return wide(words[2 * RAX]!, words[2 * RDX]!);
  }
}
