import test from 'ava';
import { signedComparison } from '../../../../src/trace/read/sql/signed-order.js';

const KERNEL = '0xffffffff80000000';

test('a literal with the top bit set on either side of an order', (t) => {
  const found = (operator: string, other: string | undefined, literal = KERNEL) => ({
    ...{ literal, operator, other },
  });
  const said = (condition: string) => signedComparison(`SELECT 1 FROM steps WHERE ${condition}`);
  t.deepEqual(said(`rip > ${KERNEL}`), found('>', 'rip'));
  t.deepEqual(said(`rip>=${KERNEL}`), found('>=', 'rip'));
  t.deepEqual(said(`${KERNEL} <= s.rip AND 1`), found('>=', 's.rip'));
  t.deepEqual(said(`rip + 1 < ${KERNEL}`), found('<', undefined));
  t.deepEqual(said('rip < 0X8000000000000000'), found('<', 'rip', '0X8000000000000000'));
  t.deepEqual(said('rip < 18446744071562067968'), found('<', 'rip', '18446744071562067968'));
  t.deepEqual(said(`rip BETWEEN 0x1000 AND ${KERNEL}`), found('BETWEEN', 'rip'));
  t.deepEqual(said(`rip not between ${KERNEL} and 5`), found('BETWEEN', 'rip'));
});

test('what is right or something else', (t) => {
  for (const condition of [
    `rip = ${KERNEL}`,
    `rip <> ${KERNEL}`,
    'rip > 0x7fffffffffffffff',
    'rip > 0x00000000ffffffff80',
    `unsigned(rip) > unsigned(${KERNEL})`,
    `(rip < 0, rip) > (1, ${KERNEL})`,
    `rip BETWEEN ${KERNEL} AND 0xffffffffffffffff`,
    `rip & ${KERNEL}`,
    `rip >> ${KERNEL}`,
    `text = 'rip > ${KERNEL}'`,
    `1 -- rip > ${KERNEL}`,
    `1 /* rip > ${KERNEL} */`,
  ]) {
    t.is(signedComparison(`SELECT 1 WHERE ${condition}`), undefined, condition);
  }
});
