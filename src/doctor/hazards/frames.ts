/** The flags in the frames that a delivery pushes: a TF in them is stepping's, which the guest sees. */
import {
  inModes,
  NOPS_AND_HLT,
  type Hazard,
  type HazardGroup,
  type KnownBehaviour,
} from '../hazard.js';
import type { DoctorMode } from '../mode.js';
import { trapFlagInFrame } from '../observe.js';
import type { Injection } from '../run.js';

const CLEAN: KnownBehaviour = {
  exits: 'debug@gate\\d+ tf=0',
  code: 'tf-hidden',
  phrase: 'does not show the TF of stepping',
  judgement: 'exact',
};

/** KVM sets TF in rflags when it is told to step, here as on VMX and SVM (kvm_set_rflags in x86.c). */
const LEAKING: KnownBehaviour = {
  exits: 'debug@gate\\d+ tf=1',
  code: 'tf-shown',
  phrase: 'shows the TF by which KVM steps; kvmtrace clears it',
  judgement: 'exact',
};

/** Its frame is then that of the one that kvmtrace injects. */
const NOT_HERE: KnownBehaviour = {
  exits: 'refused@0',
  code: 'refused-injected',
  phrase: 'KVM refuses it, kvmtrace injects it',
  judgement: 'assisted',
};

/** Nor is it needed where the CPU runs INT n by itself. */
const NOT_DELIVERED: KnownBehaviour = {
  exits: 'debug@1',
  code: 'not-delivered',
  phrase: 'KVM does not deliver it; kvmtrace injects none here',
  judgement: 'exact',
  byTrapFlag: true,
};

interface Frame {
  readonly id: string;
  readonly name: string;
  readonly modes: readonly DoctorMode[];
  readonly vector: number;
  readonly line?: string;
  readonly inject?: Injection;
}

const LEVEL_0 = ['real', 'protected', 'long'] as const;
const USER_32 = ['protected-user', 'compatibility-user'] as const;

const FRAMES: readonly Frame[] = [
  {
    ...{ id: 'frame-exception', name: '#UD', modes: LEVEL_0, vector: 6 },
    line: '0f 0b  ud2',
  },
  {
    ...{ id: 'frame-interrupt', name: 'interrupt', modes: LEVEL_0, vector: 0x40 },
    inject: { interrupt: 0x40 },
  },
  { ...{ id: 'frame-nmi', name: 'NMI', modes: LEVEL_0, vector: 2 }, inject: 'nmi' },
  {
    ...{ id: 'frame-int-n', name: 'INT n', modes: LEVEL_0, vector: 0x40 },
    line: 'cd 40  int 0x40',
  },
  {
    ...{ id: 'frame-injected-int-n', name: 'INT n that kvmtrace injects', modes: LEVEL_0 },
    ...{ vector: 0x40, inject: { softwareInterrupt: 0x40 } },
  },
  {
    ...{ id: 'frame-user-exception', name: '#UD in 32-bit user code', modes: USER_32 },
    ...{ vector: 6, line: '0f 0b  ud2' },
  },
  {
    ...{ id: 'frame-user-interrupt', name: 'interrupt in 32-bit user code', modes: USER_32 },
    ...{ vector: 0x40, inject: { interrupt: 0x40 } },
  },
];

const INTERRUPTS_ON = 0x202;

/** Whether handlers find the stepper's trap flag in what was pushed. */
export const FRAME_FLAGS: HazardGroup = {
  name: 'Flags in frames, as the handler finds them',
  hazards: FRAMES.flatMap(({ id, name, modes, vector, line, inject }) =>
    inModes(modes, (mode): Hazard => ({
      ...{ id, name, mode, registers: { rflags: INTERRUPTS_ON } },
      code: line === undefined ? NOPS_AND_HLT : [line, ...NOPS_AND_HLT],
      attempts: [
        {
          ...{ how: 'break', at: { gate: vector }, exits: 1 },
          ...(inject === undefined ? {} : { inject }),
        },
      ],
      observe: trapFlagInFrame(mode, false),
      known: [CLEAN, LEAKING, NOT_HERE, NOT_DELIVERED],
    })),
  ),
};
