import test from 'ava';
import { columnWidths } from '../../src/report/columns.js';

test('of more rows than a function takes arguments', (t) => {
  const rows = Array.from({ length: 300_000 }, (_, i) => [String(i), 'x']);
  t.deepEqual(columnWidths(rows), [6, 1]);
  t.deepEqual(columnWidths([]), []);
});
