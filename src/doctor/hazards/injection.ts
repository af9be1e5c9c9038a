import { inModes, NOPS_AND_HLT, type Hazard, type HazardGroup } from '../hazard.js';
import { delivered } from './delivered.js';

const IF = 0x202;

/** Interrupts and NMIs that the recorder injects. */
export const INJECTION: HazardGroup = {
  name: 'Interrupts from devices',
  hazards: [
    ...inModes(['real', 'protected', 'long'], (mode): Hazard => ({
      ...{ id: 'interrupt', name: 'interrupt', mode, registers: { rflags: IF } },
      ...{ code: NOPS_AND_HLT, known: delivered(0x40) },
      attempts: [
        { how: 'step', inject: { interrupt: 0x40 }, exits: 1 },
        { how: 'break', at: { gate: 0x40 }, inject: { interrupt: 0x40 }, exits: 1 },
      ],
    })),
    {
      ...{ id: 'interrupt-masked', name: 'interrupt while IF = 0', mode: 'long' },
      code: NOPS_AND_HLT,
      attempts: [{ how: 'break', at: { gate: 0x40 }, inject: { interrupt: 0x40 }, exits: 1 }],
      known: [
        {
          exits: 'debug@gate64',
          code: 'delivered',
          phrase: 'KVM delivers it: kvmtrace waits for IF',
          judgement: 'exact',
        },
        {
          exits: 'debug@1',
          code: 'held-back',
          phrase: 'KVM holds it back',
          judgement: 'exact',
        },
      ],
    },
    ...inModes(['real', 'protected', 'long'], (mode): Hazard => ({
      ...{ id: 'nmi', name: 'NMI', mode, code: NOPS_AND_HLT, known: delivered(2) },
      attempts: [
        { how: 'step', inject: 'nmi', exits: 1 },
        { how: 'break', at: { gate: 2 }, inject: 'nmi', exits: 1 },
      ],
    })),
  ],
};
