/** What was written to a trace after it was recorded is seen, whatever its hashes say. */
import { copyFileSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { indexTrace } from '../../src/derive/index-trace.js';
import { diffTraces } from '../../src/diff/diff.js';
import { Side } from '../../src/diff/side.js';
import { packTrace } from '../../src/trace/pack/pack.js';
import { unpackTrace } from '../../src/trace/pack/unpack.js';
import { openTrace } from '../../src/trace/read/open.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { withPair } from '../helpers/diff-pair.js';
import { kvmtrace } from '../helpers/cli.js';
import { kvmTest } from '../helpers/kvm.js';
import { temporaryPath } from '../helpers/fixture-trace.js';

const record = (): Promise<string> => recordBuilt(buildGuest('echo.c'), 'abc');

function copyOf(path: string, sql: string): string {
  const copy = temporaryPath('copy.db');
  copyFileSync(path, copy);
  const database = new Sqlite(copy);
  database.exec(sql);
  database.close();
  return copy;
}

const isUnaltered = (path: string): boolean => {
  using trace = openTrace(path);
  return trace.unaltered;
};

kvmTest('recordings of one guest are the same by their hashes, and by their rows', async (t) => {
  const [a, b] = [await record(), await record()];
  withPair(a, b, (pair) => {
    const { exact, verdict } = diffTraces(pair);
    t.is(exact!.by, 'hashes');
    t.regex(verdict, /^same: \d+ steps did the same \(by their hashes\)$/);
  });
  const verified = kvmtrace(['diff', a, b, '--verify']);
  t.is(verified.code, 0);
  t.regex(verified.stdout, /^same: \d+ steps did the same$/m);
});

const ALTERED: Readonly<Record<string, string>> = {
  register: `UPDATE register_write SET value = value + 1
    WHERE (register, step) = (SELECT register, step FROM register_write WHERE step > 20 AND register < 16 LIMIT 1)`,
  memory: `UPDATE memory_write SET value = (value + 1) & 127
    WHERE (gpa, step) = (SELECT gpa, step FROM memory_write WHERE step > 20 LIMIT 1)`,
  output: `UPDATE port_io SET data = x'5a' WHERE id = (SELECT max(id) FROM port_io WHERE direction = 'out' AND size = 1)`,
  input: `UPDATE port_io SET data = x'5a' WHERE id = (SELECT min(id) FROM port_io WHERE direction = 'in' AND port = 0x3f8)`,
  step: 'UPDATE step SET instruction = (SELECT instruction FROM step WHERE id = 3) WHERE id = 40',
  code: "UPDATE instruction SET bytes = x'f4' WHERE id = (SELECT instruction FROM step WHERE id = 40)",
  'initial register':
    'UPDATE register_write SET value = value + 1 WHERE register = 12 AND step = -1',
  'initial memory': `UPDATE snapshot_page SET data = zeroblob(4096)
    WHERE step = 0 AND page = (SELECT max(page) FROM snapshot_page WHERE step = 0 AND data != zeroblob(4096))`,
  'a register write that is gone': `DELETE FROM register_write
    WHERE (register, step) = (SELECT register, step FROM register_write WHERE step > 20 AND register < 16 LIMIT 1)`,
  'the last step': 'DELETE FROM step WHERE id = (SELECT max(id) FROM step)',
};

kvmTest('a row that was altered: different, though the hashes are as they were', async (t) => {
  const trace = await record();
  for (const [what, sql] of Object.entries(ALTERED)) {
    const altered = copyOf(trace, sql);
    t.false(isUnaltered(altered), what);
    for (const pair of [
      [trace, altered],
      [altered, trace],
    ] as const) {
      withPair(...pair, (each) => {
        const { same, verdict } = diffTraces(each, { mode: 'exact' });
        t.false(same, `${what}: ${verdict}`);
        t.regex(verdict, /^different: /, what);
      });
    }
  }
});

kvmTest('hashes that are gone or wrong make no difference', async (t) => {
  const trace = await record();
  for (const sql of ['DELETE FROM digest', 'UPDATE digest SET chunk = 1, chain = 1']) {
    withPair(trace, copyOf(trace, sql), (pair) => {
      const { same, exact } = diffTraces(pair);
      t.true(same, sql);
      t.is(exact!.by, 'steps');
    });
  }
});

kvmTest('an index and a pack keep it as it is: unaltered or not', async (t) => {
  const trace = await record();
  indexTrace(trace);
  t.true(isUnaltered(trace));
  const packed = temporaryPath('packed.trace');
  packTrace(trace, packed);
  t.true(isUnaltered(packed));
  const unpacked = temporaryPath('unpacked.db');
  unpackTrace(packed, unpacked);
  t.true(isUnaltered(unpacked));

  const altered = copyOf(trace, ALTERED['register']!);
  {
    using side = new Side(altered);
    t.false(side.file.derived.inFile, 'made before it was altered');
  }
  indexTrace(altered);
  {
    using side = new Side(altered);
    t.true(side.file.derived.inFile);
  }
  t.false(isUnaltered(altered));
  packTrace(altered, packed);
  t.false(isUnaltered(packed));
  t.regex(kvmtrace(['info', altered]).stdout, /unaltered +not known/);
  t.regex(kvmtrace(['info', trace]).stdout, /unaltered +yes/);
});
