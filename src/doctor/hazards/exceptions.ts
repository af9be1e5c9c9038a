import { inModes, NOPS_AND_HLT, type Hazard, type HazardGroup } from '../hazard.js';
import { MMIO } from '../layout.js';
import type { DoctorMode } from '../mode.js';
import { delivered } from './delivered.js';

interface Raising {
  readonly id: string;
  readonly name: string;
  readonly vector: number;
  readonly modes: readonly DoctorMode[];
  readonly line: string;
  readonly registers?: Hazard['registers'];
}

/** Line 0 raises it. */
const RAISING: readonly Raising[] = [
  {
    ...{ id: 'undefined-opcode', name: '#UD', vector: 6, line: '0f 0b  ud2' },
    modes: ['real', 'protected', 'long'],
  },
  {
    ...{ id: 'divide-error', name: '#DE', vector: 0, registers: { rcx: 0, rdx: 0 } },
    ...{ modes: ['protected', 'long'], line: 'f7 f1  div ecx' },
  },
  {
    ...{ id: 'general-protection', name: '#GP', vector: 13, registers: { rax: 0x1234 } },
    ...{ modes: ['protected', 'long'], line: '8e d8  mov ds, ax' },
  },
  {
    ...{ id: 'page-fault', name: '#PF', vector: 14, modes: ['long'] },
    // Beyond the GiB that the page tables map.
    line: '48 8b 04 25 00 00 00 40  mov rax, [0x40000000]',
  },
];

const raising = RAISING.flatMap(({ id, name, vector, modes, line, registers }) =>
  inModes(modes, (mode): Hazard => ({
    ...{ id, name, mode, code: [line, ...NOPS_AND_HLT], known: delivered(vector) },
    ...(registers === undefined ? {} : { registers }),
    attempts: [
      { how: 'step', exits: 1 },
      { how: 'break', at: { gate: vector }, exits: 1 },
    ],
  })),
);

/** Exceptions of the stepped instruction, in every mode. */
export const EXCEPTIONS: HazardGroup = {
  name: 'Exceptions',
  hazards: [
    ...raising,
    {
      // With the stack in the void the frame of the #UD cannot be pushed.
      ...{ id: 'double-fault', name: 'exception without a stack', mode: 'long' },
      ...{ code: ['0f 0b  ud2', ...NOPS_AND_HLT], registers: { rsp: MMIO * 8 } },
      attempts: [
        { how: 'step', exits: 1 },
        { how: 'break', at: { gate: 8 }, exits: 1 },
      ],
      known: [
        {
          exits: 'shutdown@0 / shutdown@0',
          code: 'triple-fault',
          phrase: 'SHUTDOWN exit at it',
          judgement: 'exact',
        },
        {
          exits: 'shutdown@\\S+ / shutdown@\\S+',
          code: 'shutdown-elsewhere',
          phrase: 'SHUTDOWN exit with the registers lost; kvmtrace puts them back',
          judgement: 'exact',
          byTrapFlag: true,
        },
      ],
    },
    ...inModes(['protected', 'long'], (mode): Hazard => ({
      ...{ id: 'triple-fault', name: 'exception without an IDT', mode, withoutIdt: true },
      code: ['0f 0b  ud2', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', exits: 1 }],
      known: [
        {
          exits: 'shutdown@0',
          code: 'shutdown-at',
          phrase: 'SHUTDOWN exit at it',
          judgement: 'exact',
        },
        {
          // SVM resets the vCPU with the exit (shutdown_interception in svm.c).
          exits: 'shutdown@\\S+',
          code: 'shutdown-elsewhere',
          phrase: 'SHUTDOWN exit with the registers lost; kvmtrace puts them back',
          judgement: 'exact',
        },
      ],
    })),
  ],
};
