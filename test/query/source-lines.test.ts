/** Source lines of a trace: as binutils have them, and kept wherever a trace is copied. */
import test from 'ava';
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { packTrace, Trace, unpackTrace } from '../../src/index.js';
import { packageRoot } from '../../src/base/package-root.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { kvmtrace } from '../helpers/cli.js';
import { kvmTest } from '../helpers/kvm.js';
import { temporaryDirectory } from '../helpers/temporary.js';

const hello = fileURLToPath(new URL('traces/hello.db', packageRoot));

function sources(trace: Trace): string[] {
  return [...trace.steps(0, trace.stepCount)].map(({ source }) =>
    source === undefined ? '' : `${basename(source.file)}:${source.line}`,
  );
}

kvmTest('every step has the source line that addr2line says', async (t) => {
  const guest = buildGuest('lines.c', { folder: 'gdb', flags: ['-O0', '-g'] });
  const path = await recordBuilt(guest);
  using trace = Trace.open(path);
  const addresses = trace
    .executed(0, trace.stepCount)
    .map(({ instruction }) => instruction.address);
  const expected = execFileSync(
    'addr2line',
    ['-e', guest, ...addresses.map((at) => at.toString(16))],
    {
      encoding: 'utf8',
    },
  );
  t.deepEqual(
    sources(trace),
    expected
      .trim()
      .split('\n')
      .map((line) => basename(line.replace(/ .*/, ''))),
  );

  const packed = join(temporaryDirectory(), 't.trace');
  packTrace(path, packed);
  using fromPacked = Trace.open(packed);
  t.deepEqual(sources(fromPacked), sources(trace));

  const listing = kvmtrace(['steps', path, '--from', 'main', '--source', '--count', '40']).stdout;
  t.regex(listing, /^ +lines\.c:\d+ {2}total = total \+ more;$/m);
  t.regex(kvmtrace(['hot', path]).stdout, /main.* \(lines\.c:\d+\)/);
  t.regex(kvmtrace(['calls', path, '--at', 'main']).stdout, /at main \(lines\.c:9\)/);
  t.regex(kvmtrace(['why', path, '--at', '-1', 'rax']).stdout, /\(lines\.c:13\)/);
  const [step] = (
    JSON.parse(kvmtrace(['steps', path, '--from', 'main', '--format', 'json']).stdout) as {
      steps: { source: { line: number } }[];
    }
  ).steps;
  t.is(step?.source.line, 9);
});

test('a trace without the tables, as of before them, opens and says nothing of lines', (t) => {
  using trace = Trace.open(hello);
  t.is(trace.sourceAt(trace.state(0).address!), undefined);
  t.true(sources(trace).every((source) => source === ''));
});

test('tables that kvmtrace does not make so are refused', (t) => {
  const path = join(temporaryDirectory(), 't.db');
  unpackTrace(fileURLToPath(new URL('traces/echo.trace', packageRoot)), path);
  const database = new Sqlite(path);
  database.exec('CREATE VIEW source_line AS SELECT 1 AS address');
  database.close();
  t.throws(() => Trace.open(path), {
    message: /has a view source_line that is not as kvmtrace makes it/,
  });
});
