import { NOPS_AND_HLT, type Hazard, type HazardGroup, type KnownBehaviour } from '../hazard.js';

/** All accesses come one after the other and belong to the instruction (rule 3). */
function accesses(count: string, exits: string, phrase: string): KnownBehaviour {
  return { exits, code: count, phrase, judgement: 'exact' };
}

const READ = accesses('one-exit', 'read@0 debug@1', 'MMIO exit at it, then a debug exit');
const READS = accesses(
  'exit-per-piece',
  'read@0(?: read@0)+ debug@1',
  'an MMIO exit for each piece',
);

/** The last write's exit stands past the instruction in KVM's emulator, everywhere (x86.c). */
const WRITE = accesses(
  'one-exit',
  'write@[01] (?:done|debug)@1',
  'MMIO exit past it, no debug exit',
);
const WRITES = accesses(
  'exit-per-piece',
  'write@[01](?: write@[01])+ (?:done|debug)@1',
  'an MMIO exit for each piece',
);
const READ_AND_WRITE = accesses(
  'read-and-write',
  'read@0 write@[01] (?:done|debug)@1',
  'a read exit, then a write exit',
);

function hazard(id: string, name: string, line: string, known: KnownBehaviour[]): Hazard {
  return {
    ...{ id, name, mode: 'long', code: [line, ...NOPS_AND_HLT], known },
    attempts: [{ how: 'step', exits: 1 }],
  };
}

/** RBP is a gpa without memory, 4 KiB apart from the next page. */
export const MEMORY_MAPPED: HazardGroup = {
  name: 'Memory-mapped I/O',
  hazards: [
    hazard('mmio-read', 'read', '8b 45 00  mov eax, [rbp]', [READ]),
    hazard('mmio-write', 'write', '89 45 00  mov [rbp], eax', [WRITE]),
    hazard('mmio-modify', 'read-modify-write', '01 45 00  add [rbp], eax', [READ_AND_WRITE]),
    hazard('mmio-xchg', 'XCHG', '87 45 00  xchg [rbp], eax', [READ_AND_WRITE]),
    hazard('mmio-read-across', 'read across pages', '48 8b 85 fc 0f 00 00  mov rax, [rbp+0xffc]', [
      READS,
    ]),
    hazard(
      'mmio-write-across',
      'write across pages',
      '48 89 85 fc 0f 00 00  mov [rbp+0xffc], rax',
      [WRITES],
    ),
    hazard('mmio-read-16', 'read of 16 bytes', 'f3 0f 6f 45 00  movdqu xmm0, [rbp]', [READS]),
    hazard('mmio-write-16', 'write of 16 bytes', '0f 11 45 00  movups [rbp], xmm0', [WRITES]),
  ],
};
