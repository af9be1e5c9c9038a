import {
  inModes,
  NOPS_AND_HLT,
  REFUSED,
  type Hazard,
  type HazardGroup,
  type KnownBehaviour,
} from '../hazard.js';
import { SELECTOR, USER_STACK } from '../layout.js';
import { trapFlagIn } from '../observe.js';
import { delivered } from './delivered.js';

const STEPS: KnownBehaviour = {
  exits: 'debug@1 debug@2',
  code: 'debug-exit-after',
  phrase: 'steps',
  judgement: 'exact',
};

/** No debug exit where one was asked for: the code ran on by itself until it faulted. */
const NATIVE = {
  code: 'runs-natively',
  phrase: 'runs natively: neither steps nor breakpoints',
  judgement: 'not-steppable',
} as const;

/** KVM's emulator turns what it does not know into #UD at levels above 0 (handle_emulation_failure). */
const FALSE_UD: KnownBehaviour = {
  exits: '(?:debug|hlt)@gate6(?:\\+\\d)?',
  code: 'false-undefined-opcode',
  phrase: 'KVM lacks it and raises #UD',
  judgement: 'inexact',
};

/** From level 0 to line 2 at level 3, and what comes then. */
function entering(id: string, name: string, line: string, more: Partial<Hazard>): Hazard {
  return {
    ...{ id, name, mode: 'long', code: [line, '90  nop', ...NOPS_AND_HLT] },
    attempts: [
      { how: 'break', at: 2, exits: 1 },
      { how: 'step', after: 0, exits: 2 },
    ],
    known: [
      {
        exits: 'debug@2 / (?:debug@2 debug@3|debug@3 debug@4)',
        code: 'debug-exit-after',
        phrase: 'a debug exit after it',
        judgement: 'exact',
      },
      {
        // The flags that it loads have no TF.
        exits: 'debug@2 / debug@2 hlt@gate13\\+\\d',
        code: 'stepping-lost',
        phrase: 'a debug exit after it, and stepping is lost; kvmtrace asks for it again',
        judgement: 'exact',
        byTrapFlag: true,
      },
      { ...NATIVE, exits: '(?:debug|hlt)@gate(?:1|13)\\S* / .*' },
      REFUSED,
    ],
    ...more,
  };
}

const KEEPS_TRAP_FLAG: readonly KnownBehaviour[] = [
  {
    exits: 'debug@2 / (?:debug@2 debug@3|debug@3 debug@4) / debug@2',
    code: 'debug-exit-after',
    phrase: 'a debug exit after it',
    judgement: 'exact',
  },
  {
    exits: '\\S+ / .* / debug@2',
    code: 'trap-flag-loaded',
    phrase: 'runs on where R11 has no TF; kvmtrace puts it there',
    judgement: 'exact',
    byTrapFlag: true,
  },
  { ...NATIVE, exits: '(?:debug|hlt)@gate(?:1|13)\\S* / .*' },
  REFUSED,
];

const frame = (selector: number) =>
  [{ line: 2 }, selector, 2, USER_STACK, SELECTOR.userData] as const;

/** Code of level 3, and ways into it. */
export const USER_MODE: HazardGroup = {
  name: 'User mode (level 3)',
  hazards: [
    ...inModes(['protected-user', 'compatibility-user'], (mode): Hazard => ({
      ...{ id: 'user-32', name: '32-bit user code', mode, code: NOPS_AND_HLT },
      attempts: [{ how: 'step', exits: 2 }],
      known: [STEPS, { ...NATIVE, exits: '(?:debug|hlt)@gate.*' }],
    })),
    {
      ...{ id: 'user-64', name: '64-bit user code', mode: 'long-user', code: NOPS_AND_HLT },
      attempts: [{ how: 'step', exits: 2 }],
      known: [STEPS, { ...NATIVE, exits: '(?:debug|hlt)@gate.*' }],
    },
    entering('iretq-to-64', 'IRETQ to 64-bit user code', '48 cf  iretq', {
      stack: frame(SELECTOR.userCode64),
    }),
    entering('iretq-to-32', 'IRETQ to 32-bit user code', '48 cf  iretq', {
      stack: frame(SELECTOR.userCode32),
    }),
    entering('far-return-to-32', 'far RET to 32-bit user code', '48 cb  data64 ret far', {
      stack: [{ line: 2 }, SELECTOR.userCode32, USER_STACK, SELECTOR.userData],
    }),
    entering('sysret', 'SYSRET to 64-bit user code', '48 0f 07  sysretq', {
      // To line 2, four bytes on.
      registers: { rcx: 0x8004, r11: 2 },
      attempts: [
        { how: 'break', at: 2, exits: 1 },
        { how: 'step', after: 0, exits: 2 },
        { how: 'step', keepsTrapFlag: true, exits: 1 },
      ],
      known: KEEPS_TRAP_FLAG,
    }),
    ...inModes(['protected-user', 'compatibility-user'], (mode): Hazard => ({
      ...{ id: 'user-exception', name: '#UD in 32-bit user code', mode, known: delivered(6) },
      code: ['0f 0b  ud2', ...NOPS_AND_HLT],
      attempts: [
        { how: 'step', exits: 1 },
        { how: 'break', at: { gate: 6 }, exits: 1 },
      ],
    })),
    ...inModes(['protected-user', 'compatibility-user'], (mode): Hazard => ({
      ...{ id: 'user-interrupt', name: 'interrupt in 32-bit user code', mode, code: NOPS_AND_HLT },
      ...{ registers: { rflags: 0x202 }, known: delivered(0x40) },
      attempts: [
        { how: 'step', inject: { interrupt: 0x40 }, exits: 1 },
        { how: 'break', at: { gate: 0x40 }, inject: { interrupt: 0x40 }, exits: 1 },
      ],
    })),
    {
      ...{ id: 'user-pushf', name: 'PUSHF in 32-bit user code', mode: 'protected-user' },
      code: ['9c  pushfd', '58  pop eax', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', exits: 2 }],
      observe: trapFlagIn('rax'),
      known: [
        { ...STEPS, exits: 'debug@1 debug@2 tf=0', phrase: 'does not show the TF of stepping' },
        {
          ...{ exits: 'debug@1 debug@2 tf=1', code: 'tf-shown', judgement: 'exact' },
          phrase: 'shows the TF by which KVM steps; kvmtrace clears it',
        },
      ],
    },
    {
      ...{ id: 'user-int-n', name: 'INT n in 32-bit user code', mode: 'protected-user' },
      code: ['cd 40  int 0x40', ...NOPS_AND_HLT],
      attempts: [{ how: 'break', at: { gate: 0x40 }, exits: 1 }],
      known: [
        {
          exits: 'debug@gate64',
          code: 'breakpoint-at-handler',
          phrase: 'a breakpoint on the gate stops it',
          judgement: 'exact',
        },
        {
          exits: 'refused@0',
          code: 'refused-assisted',
          phrase: 'KVM refuses it, kvmtrace does it',
          judgement: 'assisted',
        },
        {
          ...FALSE_UD,
          phrase: 'KVM raises #UD instead; kvmtrace undoes that and does it',
          judgement: 'assisted',
        },
      ],
    },
    {
      ...{ id: 'user-popcnt', name: 'POPCNT in 32-bit user code', mode: 'protected-user' },
      code: ['f3 0f b8 c3  popcnt eax, ebx', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', exits: 1 }],
      known: [{ ...STEPS, exits: 'debug@1' }, FALSE_UD],
    },
  ],
};
