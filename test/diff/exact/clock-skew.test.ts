/** A cause that makes one side run longer: what devices answer at other times goes back to it. */
import { buildGuest, recordBuilt } from '../../helpers/built-guest.js';
import { compare } from '../../helpers/diff-pair.js';
import { kvmTest } from '../../helpers/kvm.js';

const TIMER = { flags: ['-O2', '-DTIMER'] };

/** What the causes of all differences are, in either order of the traces: `port 0x3f8 32 '2'/33 '3'`. */
function causes(a: string, b: string): string[] {
  const texts = (one: string, other: string, turn: boolean): string[] =>
    compare(one, other, { all: true }).exact.groups.map(({ cause }) => {
      const [left, right] = turn ? [cause.b, cause.a] : [cause.a, cause.b];
      return `${cause.what} ${left}/${right}`;
    });
  const found = texts(a, b, false);
  const turned = texts(b, a, true);
  if (found.join() !== turned.join()) throw new Error(`${found.join()} or ${turned.join()}`);
  return found;
}

kvmTest('input that is read at another position is no cause of its own', async (t) => {
  const guest = buildGuest('skew.c');
  const a = await recordBuilt(guest, '2abcDEfGHijKlmnOPq');
  for (const count of [1, 3, 6]) {
    const b = await recordBuilt(guest, `${count}abcDEfGHijKlmnOPq`);
    t.deepEqual(causes(a, b), [`port 0x3f8 32 '2'/3${count} '${count}'`], `${count}`);
  }
});

kvmTest('another byte of input is a cause of its own, once, though it is met twice', async (t) => {
  const guest = buildGuest('skew.c');
  const a = await recordBuilt(guest, '2abcDEfGHijKlmnOPq');
  const b = await recordBuilt(guest, '3abcDEfGHiJKlmnOPq');
  const [first, second, ...more] = causes(a, b);
  t.is(first, "port 0x3f8 32 '2'/33 '3'");
  t.regex(second!, /^port 0x3f8 /);
  t.deepEqual(more, []);
});

kvmTest('a counter of steps that runs on while one side does more', async (t) => {
  const guest = buildGuest('skew.c', TIMER);
  const a = await recordBuilt(guest, '2abCd');
  for (const count of [1, 5]) {
    const b = await recordBuilt(guest, `${count}abCd`);
    t.deepEqual(causes(a, b), [`port 0x3f8 32 '2'/3${count} '${count}'`]);
  }
});
