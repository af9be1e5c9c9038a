import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kvmtrace } from '../helpers/cli.js';
import { kvmTest } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';
import { LONG } from '../replay/guests.js';
import { altered, ask, recordSource } from '../replay/recorded.js';

kvmTest('replay prints one line of proof', async (t) => {
  const path = await recordSource(LONG, { snapshotEvery: 100 });
  const { code, stdout, stderr } = kvmtrace(['replay', path]);
  t.is(stderr, '');
  t.is(code, 0);
  const steps = ask(path, 'SELECT count(*) FROM step');
  t.regex(
    stdout,
    new RegExp(
      `^identical: ${steps} steps compared \\(0 to ${steps - 1}\\), \\d+ inputs fed, from the snapshot of state 0, [\\d.]+ s\\n$`,
    ),
  );
  const part = kvmtrace(['replay', path, '--from', '150', '--to', '160', '--format', 'json']);
  t.is(part.code, 0);
  const document = JSON.parse(part.stdout) as Record<string, unknown>;
  t.like(document, { identical: true, from: 150, to: 160, snapshot: 100, steps: 60 });
});

kvmTest('replay reports the first step that differs', async (t) => {
  const path = await recordSource(LONG);
  const step = ask(
    path,
    'SELECT step FROM register_write WHERE register = 2 AND step > 150 LIMIT 1',
  );
  const wrong = altered(
    path,
    `UPDATE register_write SET value = value + 1 WHERE register = 2 AND step = ${step}`,
  );
  const { code, stdout, stderr } = kvmtrace(['replay', wrong]);
  t.is(stderr, '');
  t.is(code, 1);
  t.true(stdout.startsWith(`diverged: step ${step} did something else`));
  t.regex(
    stdout,
    /what differs: recorded \| replayed\n {2}rcx {2}0x[0-9a-f]+ \| 0x[0-9a-f]+, was 0x/,
  );
  t.regex(stdout, new RegExp(`^${step - 5} `, 'm'));
  t.regex(stdout, /the last inputs before it\n(?: {2}step \d+ .*\n){5}/);
  t.regex(stdout, /the file was altered/);
  const json = kvmtrace(['replay', wrong, '--format', 'json']);
  t.is(json.code, 1);
  const { divergence } = JSON.parse(json.stdout) as {
    divergence: { step: number; steps: unknown[] };
  };
  t.is(divergence.step, step);
  t.is(divergence.steps.length, 6);
});

kvmTest('replay --until stops and shows the state', async (t) => {
  const path = await recordSource(LONG);
  const rip = ask(path, 'SELECT rip FROM steps WHERE id = 120');
  const at = ask(path, `SELECT min(id) FROM steps WHERE rip = ${rip} AND id > 0`);
  const { code, stdout } = kvmtrace(['replay', path, '--until', `0x${rip.toString(16)}`]);
  t.is(code, 0);
  t.regex(stdout, new RegExp(`stopped at state ${at}\\nstate ${at} of `));
  const [gpa, step] = ['gpa', 'step'].map((column) =>
    ask(path, `SELECT ${column} FROM memory_write WHERE step > 100 ORDER BY step, gpa LIMIT 1`),
  );
  const written = kvmtrace(['replay', path, '--from', '100', '--until', `[${gpa!}] written`]);
  t.is(written.code, 0);
  t.regex(written.stdout, new RegExp(`\\nstate ${step! + 1} of `));
  const never = kvmtrace(['replay', path, '--until', '0x123456789']);
  t.is(never.code, 0);
  t.regex(never.stdout, /^identical: .*, 0x123456789 was not reached\n$/);
});

kvmTest('what cannot be replayed is told in a sentence', async (t) => {
  const path = await recordSource(LONG);
  const steps = ask(path, 'SELECT count(*) FROM step');
  for (const args of [
    ['--from', String(steps)],
    ['--from', '100', '--to', '50'],
    ['--from', '100', '--to', '100'],
    ['--from', 'x'],
    ['--until', 'nowhere'],
    ['--set', 'rax=1'],
    ['--set', 'rax=one', '-o', 'x.db'],
    ['--set', 'cs=1', '-o', 'x.db'],
    ['-o', path, '--force'],
    ['-o', path],
    ['--from', String(steps + 1), '-o', 'x.db'],
  ]) {
    const { code, stdout, stderr } = kvmtrace(['replay', path, ...args]);
    t.is(code, 2, args.join(' '));
    t.is(stdout, '');
    t.true(isOneSentence(stderr.trimEnd()), stderr);
  }
  t.is(kvmtrace(['replay', path, '--device', '/dev/null']).code, 3);
});

kvmTest('a fork without a change is the rest of the original', async (t) => {
  const path = await recordSource(LONG, { snapshotEvery: 50 });
  const fork = join(dirname(path), 'fork.db');
  for (const from of [0, 60, 100, 121]) {
    const { code } = kvmtrace(['replay', path, '--from', `${from}`, '-o', fork, '--force']);
    t.is(code, 0);
    // The counter is another one each time: what comes of it, too.
    const first = from === 0 ? 40 : from;
    const sql = `SELECT
      (SELECT count(*) FROM step) = (SELECT count(*) FROM o.step) - ${from}
      AND NOT EXISTS (SELECT id + ${from}, rip, bytes FROM steps
        EXCEPT SELECT id, rip, bytes FROM o.steps)
      AND NOT EXISTS (SELECT register, step, value FROM o.register_write WHERE step >= ${first}
        AND ${from} > 0 EXCEPT SELECT register, step + ${from}, value FROM register_write)
      AND NOT EXISTS (SELECT step + ${from}, vector, rip FROM interruption
        EXCEPT SELECT step, vector, rip FROM o.interruption)`;
    t.is(ask(fork, sql, path), 1, `from ${from}`);
    t.is(kvmtrace(['replay', fork]).code, 0);
  }
});

kvmTest('a fork with a change goes on from it', async (t) => {
  const path = await recordSource(LONG);
  const fork = join(dirname(path), 'fork.db');
  const from = ask(path, 'SELECT step FROM register_write WHERE register = 2 AND value = 30') + 1;
  const args = ['--from', `${from}`, '--set', 'rcx=2', '--set', '[0x180000]=01 02', '-o', fork];
  t.is(kvmtrace(['replay', path, ...args]).code, 0);
  t.is(ask(fork, 'SELECT value FROM register_write WHERE register = 2 AND step = -1'), 2);
  t.is(ask(fork, "SELECT value FROM meta WHERE key = 'parent_step'"), from);
  t.true(ask(fork, 'SELECT count(*) FROM step') < ask(path, 'SELECT count(*) FROM step') - from);
  t.is(
    ask(fork, `SELECT hex(substr(data, 1, 3)) = '010200' FROM snapshot_page WHERE page = 0x180`),
    1,
  );
  t.is(kvmtrace(['replay', fork]).code, 0);
  t.is(kvmtrace(['replay', path, ...args]).code, 2, 'the output exists');
  t.true(existsSync(fork));
});
