/** Differences are followed to where operands really are. Traces made by hand. */
import test from 'ava';
import { diffTraces, type DiffResult } from '../../../src/diff/diff.js';
import { Side } from '../../../src/diff/side.js';
import { writeFixtureTrace, type Fixture } from '../../helpers/fixture-trace.js';

function compare(a: Fixture, b: Fixture): DiffResult {
  using sideA = new Side(writeFixtureTrace(a));
  using sideB = new Side(writeFixtureTrace(b));
  return diffTraces({ a: sideA, b: sideB });
}

test('a bit test far into a bitmap comes from the byte that has the bit', (t) => {
  const guest = (bit: number): Fixture => ({
    steps: [
      { rip: 0x1000, bytes: '90', text: 'nop' },
      {
        ...{ rip: 0x1001, bytes: '480fa306', text: 'bt [rsi], rax' },
        registers: { rflags: 2 | bit },
      },
    ],
    initial: { rsi: 0x5000, rax: 1000 },
    meta: { guest_sha256: String(bit).repeat(64) },
    pages: { 5: new Uint8Array(126).fill(bit, 125) },
  });
  const [group] = compare(guest(0), guest(1)).exact!.groups;
  t.like(group!.cause, { kind: 'initial-memory', what: '[0x507d]' });
});
