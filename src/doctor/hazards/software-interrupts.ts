import {
  inModes,
  NOPS_AND_HLT,
  REFUSED,
  type Hazard,
  type HazardGroup,
  type KnownBehaviour,
} from '../hazard.js';
import { SELECTOR } from '../layout.js';
import { delivered } from './delivered.js';

const EMULATED: KnownBehaviour = {
  exits: 'refused@0 / refused@0',
  code: 'refused-assisted',
  phrase: 'KVM refuses it, kvmtrace does it',
  judgement: 'assisted',
};

/** A breakpoint on the gate stops before the handler, whatever a plain step does. */
function reaches(vector: number): readonly KnownBehaviour[] {
  const gate = `gate${vector}`;
  const [stopsAtHandler] = delivered(vector);
  return [
    stopsAtHandler!,
    {
      exits: `(?:debug|hlt)@${gate}\\+\\d / debug@${gate}`,
      code: 'breakpoint-at-handler',
      phrase: 'runs into the handler; a breakpoint on the gate stops it',
      judgement: 'exact',
    },
    EMULATED,
  ];
}

const MODES = ['real', 'protected', 'long'] as const;

/** QEMU leaves it out (translate.c of 7.2: WANT_ICEBP). */
const UNDEFINED: KnownBehaviour = {
  exits: 'hlt@gate6\\+\\d / hlt@gate6\\+\\d',
  code: 'undefined-assisted',
  phrase: 'raises #UD on this CPU; kvmtrace does it',
  judgement: 'assisted',
  byTrapFlag: true,
};

function interrupt(
  id: string,
  name: string,
  line: string,
  vector: number,
  more: readonly KnownBehaviour[] = [],
): Hazard[] {
  return inModes(MODES, (mode) => ({
    ...{ id, name, mode, code: [line, ...NOPS_AND_HLT] },
    attempts: [
      { how: 'step', exits: 1 },
      { how: 'break', at: { gate: vector }, exits: 1 },
    ],
    known: [...reaches(vector), ...more],
  }));
}

const RETURNED: readonly KnownBehaviour[] = [
  {
    exits: 'debug@2 / debug@2',
    code: 'debug-exit-after',
    phrase: 'a debug exit after it',
    judgement: 'exact',
  },
  EMULATED,
];

/** The return is to line 2. IRETQ is in no-single-step-trap.ts. */
const RETURNS: readonly Hazard[] = [
  {
    ...{ id: 'iret', name: 'IRET', mode: 'real', stack: [{ line: 2 }, 0, 2] },
    code: ['cf  iret', '90  nop', ...NOPS_AND_HLT],
    attempts: [
      { how: 'step', exits: 1 },
      { how: 'break', at: 2, exits: 1 },
    ],
    known: RETURNED,
  },
  {
    ...{ id: 'iret', name: 'IRET', mode: 'protected', stack: [{ line: 2 }, SELECTOR.code32, 2] },
    code: ['cf  iretd', '90  nop', ...NOPS_AND_HLT],
    attempts: [
      { how: 'step', exits: 1 },
      { how: 'break', at: 2, exits: 1 },
    ],
    known: RETURNED,
  },
  {
    ...{ id: 'far-return', name: 'far RET', mode: 'long', stack: [{ line: 2 }, SELECTOR.code64] },
    code: ['48 cb  data64 ret far', '90  nop', ...NOPS_AND_HLT],
    attempts: [
      { how: 'step', exits: 1 },
      { how: 'break', at: 2, exits: 1 },
    ],
    known: [RETURNED[0]!, REFUSED],
  },
];

/** What emulation of INT n is built on: an event that KVM is told to inject (KVM_SET_VCPU_EVENTS). */
const INJECTED: readonly Hazard[] = [
  ...inModes(MODES, (mode): Hazard => ({
    ...{ id: 'inject-software', name: 'INT n injected by kvmtrace', mode, code: NOPS_AND_HLT },
    attempts: [{ how: 'break', at: { gate: 0x40 }, inject: { softwareInterrupt: 0x40 }, exits: 1 }],
    known: [
      {
        exits: 'debug@gate64',
        code: 'breakpoint-at-handler',
        phrase: 'a breakpoint on the gate stops it',
        judgement: 'exact',
      },
      {
        // SVM's KVM has the emulator skip what lies at rip, to know where INT n ends.
        exits: 'debug@1',
        code: 'not-delivered',
        phrase: 'KVM does not deliver it; kvmtrace injects none here',
        judgement: 'exact',
        byTrapFlag: true,
      },
    ],
  })),
  ...inModes(['protected', 'long'], (mode): Hazard => ({
    ...{ id: 'inject-exception', name: '#GP injected by kvmtrace', mode, code: NOPS_AND_HLT },
    attempts: [
      {
        ...{ how: 'break', at: { gate: 13 }, exits: 1 },
        inject: { exception: 13, errorCode: 0x10 },
      },
    ],
    known: [
      {
        exits: 'debug@gate13',
        code: 'breakpoint-at-handler',
        phrase: 'a breakpoint on the gate stops it',
        judgement: 'exact',
      },
    ],
  })),
];

/** INT n, INT3, INT1, IRET, and events injected in their place. */
export const SOFTWARE_INTERRUPTS: HazardGroup = {
  name: 'Software interrupts and returns',
  hazards: [
    ...interrupt('int-n', 'INT n', 'cd 40  int 0x40', 0x40),
    ...interrupt('int3', 'INT3', 'cc  int3', 3),
    ...interrupt('int1', 'INT1', 'f1  int1', 1, [UNDEFINED]),
    ...RETURNS,
    ...INJECTED,
  ],
};
