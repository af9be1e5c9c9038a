import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import test from 'ava';
import { kvmtrace as run } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';

const kvmtrace = (...parameters: string[]): ReturnType<typeof run> => run(parameters);

const trace = writeFixtureTrace({ steps: [{ rip: 0x1000 }, { rip: 0x1001 }] });

test('a packed trace is opened by every command, and leaves nothing behind', (t) => {
  const packed = temporaryPath('small.trace');
  t.is(kvmtrace('pack', trace, '-o', packed).code, 0);
  const count = (): number =>
    readdirSync(tmpdir()).filter((name) => /^kvmtrace-\w{6}$/.test(name)).length;
  const before = count();
  t.regex(kvmtrace('info', packed).stdout, /steps +2/);
  t.is(kvmtrace('diff', trace, packed).code, 0);
  t.is(kvmtrace('query', packed, 'SELECT count(*) FROM step').code, 0);
  // Others may be running, and end in between: there are no more than before.
  t.true(count() <= before + 1);
});

test('--unpack gives a file that SQLite opens', (t) => {
  const packed = temporaryPath('small.trace');
  const unpacked = temporaryPath('again.db');
  kvmtrace('pack', trace, '-o', packed);
  t.is(kvmtrace('pack', '--unpack', packed, '-o', unpacked).code, 0);
  t.is(readFileSync(unpacked).toString('latin1', 0, 15), 'SQLite format 3');
  t.is(kvmtrace('diff', trace, unpacked).code, 0);
});
