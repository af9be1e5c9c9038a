import { inModes, NOPS_AND_HLT, type HazardGroup, type KnownBehaviour } from '../hazard.js';

/** Every IO exit is completed with immediate_exit at once; `done` is where that left rip (rule 3). */
const OUT: readonly KnownBehaviour[] = [
  {
    exits: 'out@1 done@1',
    code: 'exit-past',
    phrase: 'IO exit past it, no debug exit',
    judgement: 'exact',
  },
  {
    exits: 'out@0 debug@1',
    code: 'exit-at',
    phrase: 'IO exit at it, then a debug exit',
    judgement: 'exact',
  },
];

const IN: readonly KnownBehaviour[] = [
  {
    exits: 'in@0 debug@1',
    code: 'exit-at',
    phrase: 'IO exit at it, then a debug exit',
    judgement: 'exact',
  },
];

/** Debug exits between the iterations, and KVM_RUNs that only bring rip on, make no difference. */
const PAUSES = '(?: done@0| debug@0)*';

/** IN, OUT and their string forms. */
export const PORTS: HazardGroup = {
  name: 'Port I/O',
  hazards: [
    ...inModes(['real', 'protected', 'long'], (mode) => ({
      ...{ id: 'out', name: 'OUT', mode, code: ['e6 80  out 0x80, al', ...NOPS_AND_HLT] },
      attempts: [{ how: 'step', exits: 1 }],
      known: OUT,
    })),
    ...inModes(['real', 'protected', 'long'], (mode) => ({
      ...{ id: 'in', name: 'IN', mode, code: ['e4 80  in al, 0x80', ...NOPS_AND_HLT] },
      attempts: [{ how: 'step', exits: 1 }],
      known: IN,
    })),
    {
      ...{ id: 'rep-outsb', name: 'REP OUTSB, 3 bytes', mode: 'long' },
      code: ['f3 6e  rep outsb dx, [rsi]', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', until: 1, exits: 8 }],
      known: [
        {
          exits: `out@0${PAUSES} out@0${PAUSES} out@[01]${PAUSES}(?: (?:done|debug)@1)?`,
          code: 'exit-per-element',
          phrase: 'an IO exit for each element',
          judgement: 'exact',
        },
        {
          exits: `out@[01]${PAUSES}(?: (?:done|debug)@1)?`,
          code: 'one-exit',
          phrase: 'one IO exit for all elements',
          judgement: 'exact',
        },
      ],
    },
    {
      ...{ id: 'rep-insb', name: 'REP INSB, 3 bytes', mode: 'long' },
      code: ['f3 6c  rep insb [rdi], dx', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', until: 1, exits: 8 }],
      known: [
        {
          exits: `in@0${PAUSES} debug@1`,
          code: 'one-exit',
          phrase: 'one IO exit for all elements',
          judgement: 'exact',
        },
        {
          exits: `in@0${PAUSES} in@0${PAUSES} in@0${PAUSES} debug@1`,
          code: 'exit-per-element',
          phrase: 'an IO exit for each element',
          judgement: 'exact',
        },
      ],
    },
  ],
};
