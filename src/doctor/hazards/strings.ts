import { NOPS_AND_HLT, type HazardGroup, type KnownBehaviour } from '../hazard.js';

/** Debug exits at the same rip belong to the step, however many there are (rule 4). */
const MOVES: readonly KnownBehaviour[] = [
  {
    exits: 'debug@1',
    code: 'one-exit',
    phrase: 'one debug exit, at the end',
    judgement: 'exact',
  },
  {
    exits: 'debug@0(?: debug@0){0,2} debug@1',
    code: 'exits-between',
    phrase: 'debug exits on the way and after it',
    judgement: 'exact',
  },
  {
    exits: '(?:debug@0 )+debug@1',
    code: 'exit-per-iteration',
    phrase: 'a debug exit after each iteration',
    judgement: 'exact',
  },
];

/** REP string instructions, which may exit between iterations. */
export const STRINGS: HazardGroup = {
  name: 'REP string instructions',
  hazards: [
    {
      ...{ id: 'rep-movsb-0', name: 'REP MOVSB, rcx = 0', mode: 'long', registers: { rcx: 0 } },
      code: ['f3 a4  rep movsb [rdi], [rsi]', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', until: 1, exits: 4 }],
      known: MOVES,
    },
    {
      ...{ id: 'rep-movsb', name: 'REP MOVSB, rcx = 1500', mode: 'long', registers: { rcx: 1500 } },
      code: ['f3 a4  rep movsb [rdi], [rsi]', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', until: 1, exits: 1600 }],
      known: MOVES,
    },
    {
      ...{ id: 'repe-cmpsb', name: 'REPE CMPSB that finds', mode: 'long' },
      // Memory is zero but for the byte that the first line writes.
      code: [
        'c6 46 02 01  mov byte ptr [rsi+2], 1',
        'f3 a6  repe cmpsb [rsi], [rdi]',
        ...NOPS_AND_HLT,
      ],
      attempts: [{ how: 'step', after: 1, until: 2, exits: 8 }],
      known: MOVES.map((known) => ({
        ...known,
        exits: known.exits.replaceAll('@1', '@2').replaceAll('@0', '@1'),
      })),
    },
  ],
};
