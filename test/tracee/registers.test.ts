import fc from 'fast-check';
import { KvmtraceError } from '../../src/base/errors.js';
import type { PtraceRegs } from '../../src/tracee/ptrace-regs.js';
import { kvmTest } from '../helpers/kvm.js';
import { openTracee } from './open.js';

const GENERAL = [
  ...(['r15', 'r14', 'r13', 'r12', 'rbp', 'rbx', 'r11', 'r10', 'r9', 'r8'] as const),
  ...(['rax', 'rcx', 'rdx', 'rsi', 'rdi', 'rip', 'rsp'] as const),
];
const OTHERS = [
  ...(['origRax', 'cs', 'eflags', 'ss', 'fsBase', 'gsBase', 'ds', 'es', 'fs', 'gs'] as const),
];

kvmTest('reading the registers twice gives the same, all of them bigint', (t) => {
  const tracee = openTracee(t);
  const regs = tracee.getRegs();
  t.deepEqual(tracee.getRegs(), regs);
  t.deepEqual(Object.keys(regs).toSorted(), [...GENERAL, ...OTHERS].toSorted());
  t.true(Object.values(regs).every((value) => typeof value === 'bigint'));
});

kvmTest('all bits of every general register can be turned', (t) => {
  const tracee = openTracee(t);
  const before = tracee.getRegs();
  const turned = Object.fromEntries(GENERAL.map((name) => [name, ~before[name]]));
  tracee.setRegs(turned);
  const after = tracee.getRegs();
  for (const name of GENERAL) t.is(after[name], BigInt.asUintN(64, ~before[name]), name);
});

kvmTest('any values come back', (t) => {
  const tracee = openTracee(t);
  const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const regs = fc.record(Object.fromEntries(GENERAL.map((name) => [name, word])));
  fc.assert(
    fc.property(regs, (given) => {
      tracee.setRegs(given);
      const got = tracee.getRegs();
      t.true(GENERAL.every((name) => got[name] === given[name]));
    }),
    { numRuns: 30 },
  );
});

kvmTest('registers that are not given stay, selectors always do', (t) => {
  const tracee = openTracee(t);
  tracee.setRegs({ rbx: 5n });
  const before = tracee.getRegs();
  tracee.setRegs({ rax: 7n, cs: 0x33n, ss: 0x2bn, ds: 1n, origRax: 99n });
  const expected: PtraceRegs = { ...before, rax: 7n, origRax: 7n };
  t.deepEqual(tracee.getRegs(), expected);
});

kvmTest('flags keep bit 1, which is always set', (t) => {
  const tracee = openTracee(t);
  tracee.setRegs({ eflags: 0n });
  t.is(tracee.getRegs().eflags, 2n);
  tracee.setRegs({ eflags: 0x246n });
  t.is(tracee.getRegs().eflags, 0x246n);
});

kvmTest('the bases of FS and GS are set, if canonical', (t) => {
  const tracee = openTracee(t);
  tracee.setRegs({ fsBase: 0x7fff_0000_1000n, gsBase: 0xffff_8000_0000_0000n });
  t.like(tracee.getRegs(), { fsBase: 0x7fff_0000_1000n, gsBase: 0xffff_8000_0000_0000n });
  const error = t.throws(
    () => {
      tracee.setRegs({ fsBase: 0x8000_0000_0000_0000n, rax: 9n });
    },
    {
      instanceOf: KvmtraceError,
    },
  );
  t.regex(error.message, /fsBase cannot be 0x8000000000000000/);
  t.not(tracee.getRegs().rax, 9n, 'all or nothing');
});
