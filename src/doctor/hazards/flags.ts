import {
  inModes,
  NOPS_AND_HLT,
  STEPS,
  type Hazard,
  type HazardGroup,
  type KnownBehaviour,
} from '../hazard.js';
import { SELECTOR } from '../layout.js';
import { trapFlagIn } from '../observe.js';

const TWO_STEPS: readonly KnownBehaviour[] = [
  { ...STEPS, exits: 'debug@1 debug@2' },
  {
    exits: 'debug@2 \\S+',
    code: 'fuses-carried-out',
    phrase: 'runs together with the next one; kvmtrace carries it out',
    judgement: 'assisted',
    byTrapFlag: true,
  },
  {
    // No debug exception comes between MOV SS and what follows (SDM vol. 3, 7.8.3).
    exits: 'debug@2 \\S+',
    code: 'fuses-inseparably',
    phrase: 'runs together with the next one',
    judgement: 'not-steppable',
  },
];

const AFTER_POP: readonly KnownBehaviour[] = [
  { ...STEPS, exits: 'debug@1 debug@2 debug@3' },
  {
    // VMX and SVM step by TF itself, which the instruction has just cleared (rule 7).
    exits: 'debug@1 hlt@end(?: \\S+)?',
    code: 'stepping-lost',
    phrase: 'stepping is lost after it; kvmtrace asks for it again',
    judgement: 'exact',
  },
];

const TF_SHOWN = {
  code: 'tf-shown',
  phrase: 'shows the TF by which KVM steps; kvmtrace clears it',
  judgement: 'exact',
} as const;

const movSs = (mode: 'real' | 'protected' | 'long'): Hazard => ({
  ...{ id: 'mov-ss', name: 'MOV SS', mode, code: ['8e d0  mov ss, ax', ...NOPS_AND_HLT] },
  registers: { rax: mode === 'real' ? 0 : SELECTOR.data },
  attempts: [{ how: 'step', exits: 2 }],
  known: TWO_STEPS,
});

const popSs = (mode: 'real' | 'protected'): Hazard => ({
  ...{ id: 'pop-ss', name: 'POP SS', mode, code: ['17  pop ss', ...NOPS_AND_HLT] },
  stack: [mode === 'real' ? 0 : SELECTOR.data],
  attempts: [{ how: 'step', exits: 2 }],
  known: TWO_STEPS,
});

/** MOV SS, POP SS, STI, POPF and a trap flag that the guest set. */
export const FLAGS: HazardGroup = {
  name: 'Interrupt shadows and flags',
  hazards: [
    ...inModes(['real', 'protected', 'long'], movSs),
    ...inModes(['real', 'protected'], popSs),
    {
      ...{ id: 'sti', name: 'STI', mode: 'long', code: ['fb  sti', ...NOPS_AND_HLT] },
      attempts: [{ how: 'step', exits: 2 }],
      known: TWO_STEPS,
    },
    {
      ...{ id: 'pushf', name: 'PUSHF', mode: 'long' },
      code: ['9c  pushfq', '58  pop rax', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', exits: 2 }],
      observe: trapFlagIn('rax'),
      known: [
        {
          exits: 'debug@1 debug@2 tf=0',
          code: 'tf-hidden',
          phrase: 'does not show the TF of stepping',
          judgement: 'exact',
        },
        { ...TF_SHOWN, exits: 'debug@1 debug@2 tf=1' },
      ],
    },
    {
      ...{ id: 'popf', name: 'POPF', mode: 'long', stack: [2] },
      code: ['9d  popfq', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', exits: 3 }],
      known: AFTER_POP,
    },
    {
      ...{ id: 'popf-trap-flag', name: "POPF that sets the guest's TF", mode: 'long' },
      stack: [0x102],
      code: ['9d  popfq', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', exits: 3 }],
      known: [
        {
          exits: 'debug@1 debug@2 debug@3',
          code: 'guest-tf-lost',
          phrase: 'steps, but the guest gets no #DB',
          judgement: 'inexact',
        },
      ],
    },
    {
      ...{ id: 'syscall', name: 'SYSCALL', mode: 'long' },
      code: ['0f 05  syscall', ...NOPS_AND_HLT],
      attempts: [
        { how: 'step', exits: 2 },
        { how: 'break', at: 'syscall', exits: 1 },
        { how: 'step', keepsTrapFlag: true, exits: 1 },
      ],
      observe: trapFlagIn('r11'),
      known: [
        {
          exits: 'debug@syscall debug@syscall\\+1 / debug@syscall / debug@syscall tf=0',
          code: 'debug-exit-after',
          phrase: 'a debug exit after it',
          judgement: 'exact',
        },
        {
          // IA32_FMASK clears TF, by which VMX and SVM step.
          exits: '\\S+ hlt@syscall\\+3 / \\S+ / debug@syscall tf=1',
          code: 'trap-flag-masked',
          phrase: 'runs on where IA32_FMASK clears TF; kvmtrace keeps TF, and clears it in R11',
          judgement: 'exact',
          byTrapFlag: true,
        },
        {
          exits: 'debug@syscall \\S+ / debug@syscall / debug@syscall tf=1',
          code: 'tf-shown',
          phrase: 'shows the TF by which KVM steps',
          judgement: 'inexact',
        },
        {
          exits: '(?:debug@syscall )?hlt@syscall\\+3 / .*',
          code: 'stepping-lost',
          phrase: 'stepping is lost after it',
          judgement: 'not-steppable',
        },
      ],
    },
  ],
};
