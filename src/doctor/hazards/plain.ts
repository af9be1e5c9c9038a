import { inModes, NOPS_AND_HLT, STEPS, type Hazard, type HazardGroup } from '../hazard.js';

const STEP = [{ how: 'step', exits: 1 }] as const;

/** Instructions of level 0 that KVM intercepts or emulates and that step like any other. */
const SYSTEM: readonly (readonly [id: string, name: string, line: string])[] = [
  ['cpuid', 'CPUID', '0f a2  cpuid'],
  ['rdtsc', 'RDTSC', '0f 31  rdtsc'],
  ['wbinvd', 'WBINVD', '0f 09  wbinvd'],
  ['invlpg', 'INVLPG', '0f 01 3b  invlpg [rbx]'],
  ['mov-from-cr3', 'MOV from CR3', '0f 20 d8  mov rax, cr3'],
  ['mov-from-dr7', 'MOV from DR7', '0f 21 f8  mov rax, dr7'],
];

/** What single step does in the simplest cases. */
export const PLAIN: HazardGroup = {
  name: 'Plain steps',
  hazards: [
    ...inModes(['real', 'protected', 'long'], (mode) => ({
      ...{ id: 'nop', name: 'NOP', mode, code: NOPS_AND_HLT },
      attempts: [{ how: 'step', exits: 2 }],
      known: [{ ...STEPS, exits: 'debug@1 debug@2' }],
    })),
    {
      ...{ id: 'jump-to-itself', name: 'JMP to itself', mode: 'long' },
      code: ['eb fe  jmp short 0x8000'],
      attempts: [{ how: 'step', exits: 3 }],
      known: [{ ...STEPS, exits: 'debug@0 debug@0 debug@0', phrase: 'a debug exit each time' }],
    },
    {
      ...{ id: 'self-modifying', name: 'code that changes the next', mode: 'long' },
      // The immediate of line 1 becomes a5, which RAX then shows.
      code: [
        'c6 04 25 09 80 00 00 a5  mov byte ptr [0x8009], 0xa5',
        'b8 00 00 00 00  mov eax, 0',
        ...NOPS_AND_HLT,
      ],
      attempts: [{ how: 'step', exits: 2 }],
      observe: ({ vcpu }) => (vcpu.getRegs().rax === 0xa5n ? 'seen' : 'stale'),
      known: [{ ...STEPS, exits: 'debug@1 debug@2 seen', phrase: 'is seen at once' }],
    },
    ...SYSTEM.map(([id, name, line]): Hazard => ({
      ...{ id, name, mode: 'long', code: [line, ...NOPS_AND_HLT] },
      attempts: STEP,
      known: [STEPS],
    })),
    {
      ...{ id: 'mov-to-cr8', name: 'MOV to CR8', mode: 'long' },
      code: ['44 0f 22 c0  mov cr8, rax', ...NOPS_AND_HLT],
      attempts: STEP,
      known: [
        STEPS,
        {
          exits: 'set-tpr@1',
          code: 'set-tpr-exit',
          phrase: 'a SET_TPR exit past it',
          judgement: 'exact',
        },
      ],
    },
    {
      ...{ id: 'vmcall', name: 'VMCALL', mode: 'long' },
      code: ['0f 01 c1  vmcall', ...NOPS_AND_HLT],
      attempts: [{ how: 'step', exits: 3 }],
      known: [
        // KVM may first replace it by VMMCALL, the CPU's own form (KVM_X86_QUIRK_FIX_HYPERCALL_INSN).
        { ...STEPS, exits: '(?:debug@0 )?debug@1 .*' },
        {
          exits: 'debug@0 debug@0 debug@0',
          code: 'livelock',
          phrase: 'never gets past it',
          judgement: 'not-steppable',
        },
      ],
    },
  ],
};
