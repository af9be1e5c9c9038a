import { NOPS_AND_HLT, type HazardGroup } from '../hazard.js';

/** HLT, stepped and run on to. */
export const HALT: HazardGroup = {
  name: 'HLT',
  hazards: [
    {
      ...{ id: 'hlt-stepped', name: 'stepped, then run on', mode: 'long' },
      code: ['f4  hlt', ...NOPS_AND_HLT],
      attempts: [
        { how: 'step', exits: 1 },
        { how: 'free', after: 1, exits: 1 },
      ],
      known: [
        {
          exits: 'debug@1 / hlt@2',
          code: 'stale-halt',
          phrase: 'debug exit past it and a false HLT exit later: kvmtrace never steps it',
          judgement: 'exact',
        },
        {
          exits: 'hlt@1 / hlt@end',
          code: 'hlt-exit',
          phrase: 'HLT exit past it',
          judgement: 'exact',
        },
        {
          exits: 'debug@1 / hlt@end',
          code: 'debug-exit-after',
          phrase: 'a debug exit after it',
          judgement: 'exact',
        },
      ],
    },
    {
      ...{ id: 'hlt-unstepped', name: 'run without stepping', mode: 'long' },
      code: ['f4  hlt', ...NOPS_AND_HLT],
      attempts: [{ how: 'free', exits: 1 }],
      known: [{ exits: 'hlt@1', code: 'hlt-exit', phrase: 'HLT exit past it', judgement: 'exact' }],
    },
  ],
};
