/** Which instructions this KVM runs at level 0. */
import { NOPS_AND_HLT } from './hazard.js';
import { LONG_MODE, PROTECTED_MODE, type InstructionCase } from './instruction-list.js';
import type { Lab } from './lab.js';

/** What came of an instruction that was tried. */
export type InstructionOutcome =
  /** It retired. */
  | 'runs'
  /** KVM cannot emulate it. */
  | 'refused'
  /** #UD: this CPU, or what KVM shows of it, has no such instruction. */
  | 'undefined'
  /** Another exception: KVM knows it. */
  | 'faults'
  /** It retired, but without an exit before the next one had too: kvmtrace does not expect that. */
  | 'fuses'
  /** It retired, with another result than the manual says. */
  | 'wrong-result'
  | 'unknown';

/** An instruction that was tried. */
export interface InstructionResult {
  readonly family: string;
  readonly mode: 'protected' | 'long';
  readonly mnemonic: string;
  readonly assembly: string;
  readonly outcome: InstructionOutcome;
  readonly exits: string;
}

/** Tries every instruction of the lists, in one VM as long as that lasts. */
export function examineInstructions(lab: Lab): InstructionResult[] {
  return [
    ...LONG_MODE.map((each) => examine(lab, 'long', each)),
    ...PROTECTED_MODE.map((each) => examine(lab, 'protected', each)),
  ];
}

function examine(
  lab: Lab,
  mode: 'protected' | 'long',
  { family, line, registers = {}, rax }: InstructionCase,
): InstructionResult {
  const code = [line, ...NOPS_AND_HLT];
  let result: bigint | undefined;
  const exits = lab.run({ mode, code, registers }, { how: 'step', exits: 1 }, ({ vcpu }) => {
    result = vcpu.getRegs().rax;
    return '';
  });
  const assembly = line.replace(/^.*? {2}/, '');
  const [first] = exits;
  const expected = rax === undefined || result === BigInt(rax);
  return {
    ...{ family, mode, assembly, mnemonic: assembly.split(' ', 1)[0]! },
    outcome: outcomeOf(first!, expected),
    exits: first!,
  };
}

function outcomeOf(exit: string, asExpected: boolean): InstructionOutcome {
  if (exit === 'debug@1') return asExpected ? 'runs' : 'wrong-result';
  if (exit === 'debug@2') return 'fuses';
  if (exit === 'refused@0') return 'refused';
  // Where delivery ends stepping, the handler runs on to its HLT.
  if (/^(?:debug|hlt)@gate6(?:\+\d)?$/.test(exit)) return 'undefined';
  if (/^(?:debug|hlt)@gate\d+(?:\+\d)?$/.test(exit)) return 'faults';
  return 'unknown';
}
