/** Ways on which a byte of input reaches a branch through what an instruction reads unusually. */
import test from 'ava';
import { buildGuest, recordBuilt } from '../../helpers/built-guest.js';
import { compare, compareFixtures, place } from '../../helpers/diff-pair.js';
import type { Fixture } from '../../helpers/fixture-trace.js';
import { kvmTest } from '../../helpers/kvm.js';

const WAYS = {
  BT: 'a bit far behind the operand',
  BTR: 'a bit before the operand',
  BTS: 'the last bit before the operand',
  DOWN: 'REP that goes down',
  WIDE: 'the last byte of a REP of quadwords',
  XLAT: 'XLAT, of whose index one byte counts',
  PAGE: 'a page table',
  GATE: 'a gate of the IDT',
  SEGMENT: 'a segment descriptor',
};

for (const [define, title] of Object.entries(WAYS)) {
  kvmTest(`an input byte and the branch it decides, through ${title}`, async (t) => {
    const guest = buildGuest('operands.c', { flags: ['-O1', `-D${define}`] });
    const a = await recordBuilt(guest, 'a');
    const b = await recordBuilt(guest, 'b');
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const { exact } = compare(one, other, { all: true });
      t.deepEqual(
        exact.groups.map(({ cause }) => `${cause.kind} ${cause.what}`),
        ['input port 0x3f8'],
      );
      const { branch } = exact.groups[0]!;
      t.regex(place(one, branch!.stepA), /^decide/);
      t.true(branch!.path.length > 2);
    }
  });
}

/** mov rax, rcx: reads one register. */
function move(rax: number, initial = {}): Fixture {
  const text = 'mov rax, rcx';
  return { steps: [{ rip: 0x1000, bytes: '4889c8', text, registers: { rax } }], initial };
}

test('machines that do not compute alike: only where all that is read is equal', (t) => {
  const cause = (a: Fixture, b: Fixture) => compareFixtures(a, b).exact.groups[0]!.cause;
  t.like(cause(move(1), move(2)), { kind: 'unexplained', sourcesEqual: true });
  // rbx differs, but mov does not read it.
  t.like(cause(move(1, { rbx: 1 }), move(2, { rbx: 2 })), { sourcesEqual: true });
  const sse = (rax: number): Fixture => ({
    steps: [{ rip: 0x1000, bytes: '66480f7ec0', text: 'movq rax, xmm0', registers: { rax } }],
  });
  t.like(
    cause(sse(1), sse(2)),
    { kind: 'unexplained', sourcesEqual: false },
    'xmm0 is not recorded',
  );
  const load = (rax: number): Fixture => ({
    steps: [{ rip: 0x1000, bytes: '0fb220', text: 'lss esp, [rax]', registers: { rsp: rax } }],
    initial: { rbx: rax },
  });
  t.like(cause(load(1), load(2)), { kind: 'unexplained', sourcesEqual: false });
});
