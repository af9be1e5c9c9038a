/** Instructions that give no debug exit of their own here, with and without a breakpoint (rule 1). */
import { classify } from '../../x86/classify.js';
import { parseCode } from '../guest.js';
import { NOPS_AND_HLT, type Hazard, type HazardGroup, type KnownBehaviour } from '../hazard.js';
import { SELECTOR, STACK } from '../layout.js';

const NO_TRAP: KnownBehaviour = {
  exits: 'debug@2 / debug@1',
  code: 'fuses',
  phrase: 'debug exit after the next one only; a breakpoint parts them',
  judgement: 'exact',
};

/** The stepper does not know of it: it takes the two for something that went wrong. */
const UNEXPECTED: KnownBehaviour = {
  ...NO_TRAP,
  code: 'fuses-unexpectedly',
  phrase: 'debug exit after the next one only, and kvmtrace does not know',
  judgement: 'not-steppable',
};

const STEPPED: KnownBehaviour = {
  exits: 'debug@1 / debug@1',
  code: 'debug-exit-after',
  phrase: 'a debug exit after it',
  judgement: 'exact',
};

const INSEPARABLE: KnownBehaviour = {
  exits: 'debug@2 / debug@2',
  code: 'fuses-inseparably',
  phrase: 'runs together with the next one, breakpoint or not',
  judgement: 'not-steppable',
};

/** RDRAND where the CPU has none, FSGSBASE where CR4 forbids it. */
const UNDEFINED: KnownBehaviour = {
  exits: '(?:debug|hlt)@gate6(?:\\+\\d)? / (?:debug|hlt)@gate6(?:\\+\\d)?',
  code: 'undefined',
  phrase: 'raises #UD: not on this CPU',
  judgement: 'exact',
};

/** Line 0 is the instruction; the breakpoint stands behind it. */
const INSTRUCTIONS: readonly (readonly [id: string, name: string, line: string])[] = [
  ['mfence', 'MFENCE', '0f ae f0  mfence'],
  ['lfence', 'LFENCE', '0f ae e8  lfence'],
  ['sfence', 'SFENCE', '0f ae f8  sfence'],
  ['swapgs', 'SWAPGS', '0f 01 f8  swapgs'],
  ['endbr64', 'ENDBR64', 'f3 0f 1e fa  endbr64'],
  ['rdrand', 'RDRAND', '48 0f c7 f0  rdrand rax'],
  ['rdseed', 'RDSEED', '48 0f c7 f8  rdseed rax'],
  ['rdfsbase', 'RDFSBASE', 'f3 48 0f ae c0  rdfsbase rax'],
  ['rdgsbase', 'RDGSBASE', 'f3 48 0f ae c8  rdgsbase rax'],
  ['wrfsbase', 'WRFSBASE', 'f3 48 0f ae d3  wrfsbase rbx'],
  ['wrgsbase', 'WRGSBASE', 'f3 48 0f ae db  wrgsbase rbx'],
  ['fxsave', 'FXSAVE', '0f ae 03  fxsave [rbx]'],
  ['fxsave64', 'FXSAVE64', '48 0f ae 03  fxsave64 [rbx]'],
  ['fxrstor', 'FXRSTOR', '0f ae 0b  fxrstor [rbx]'],
  ['fxrstor64', 'FXRSTOR64', '48 0f ae 0b  fxrstor64 [rbx]'],
];

function isKnown(line: string): boolean {
  return classify(parseCode([line])[0]!.bytes, 64, 0n).takesNoTrap;
}

const withoutTrap = INSTRUCTIONS.map(([id, name, line]): Hazard => ({
  ...{ id, name, mode: 'long', code: [line, ...NOPS_AND_HLT] },
  attempts: [
    { how: 'step', exits: 1 },
    { how: 'break', at: 1, exits: 1 },
  ],
  known: [STEPPED, isKnown(line) ? NO_TRAP : UNEXPECTED, INSEPARABLE, UNDEFINED],
}));

/** IRETQ to line 2: what is at line 1 never runs. */
const iretq: Hazard = {
  ...{ id: 'iretq', name: 'IRETQ', mode: 'long' },
  code: ['48 cf  iretq', '90  nop', ...NOPS_AND_HLT],
  stack: [{ line: 2 }, SELECTOR.code64, 2, STACK, SELECTOR.data],
  attempts: [
    { how: 'step', exits: 1 },
    { how: 'break', at: 2, exits: 1 },
  ],
  known: [
    { ...NO_TRAP, exits: 'debug@3 / debug@2' },
    { ...STEPPED, exits: 'debug@2 / debug@2' },
    { ...INSEPARABLE, exits: 'debug@3 / debug@3' },
  ],
};

/** Instructions after which some KVMs give no debug exit. */
export const NO_SINGLE_STEP_TRAP: HazardGroup = {
  name: 'Instructions that may take no single-step trap',
  hazards: [iretq, ...withoutTrap],
};
