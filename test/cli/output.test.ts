/** What the commands print, against files. */
import test from 'ava';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';
import { matchesGolden } from '../helpers/golden.js';
import { EXAMPLE } from './example-trace.js';

/** In a directory of its own, so that outputs name it the same everywhere. */
const directory = join(temporaryPath('x'), '..');
renameSync(writeFixtureTrace(EXAMPLE), join(directory, 't.db'));
renameSync(
  writeFixtureTrace({ ...EXAMPLE, incomplete: true, meta: {} }),
  join(directory, 'incomplete.db'),
);

const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  'steps.txt': ['steps', 't.db'],
  'steps-from-count.txt': ['steps', 't.db', '--from', '0x4', '--count', '2'],
  'steps-last.txt': ['steps', 't.db', '--from', '-2'],
  'steps.json': ['steps', 't.db', '--format', 'json'],
  'info.txt': ['info', 't.db'],
  'info.json': ['info', 't.db', '--format', 'json'],
  'info-incomplete.txt': ['info', 'incomplete.db'],
  'state.txt': ['state', 't.db', '--at', '4'],
  'state-last.txt': ['state', 't.db', '--at', '-1'],
  'state-incomplete.txt': ['state', 'incomplete.db', '--at', '-1'],
  'state-all.txt': ['state', 't.db', '--at', '0', '--all'],
  'state-memory.txt': [
    ...['state', 't.db', '--at', '4', '--memory', 'greeting:14', '--memory', 'rdi-0x20:0x30'],
    ...['--memory', '0xfff8:16', '--memory-physical', '0x1f00:512'],
  ],
  'state.json': ['state', 't.db', '--at', '4', '--memory', '0xfff8:16', '--format', 'json'],
  'query.txt': ['query', 't.db', 'SELECT id, hex(rip), sym(rip), text, rax, bytes FROM steps'],
  'query.csv': [
    ...['query', 't.db', '--format', 'csv'],
    `SELECT 'a,b' AS "the ""name""", 'line
break' AS two, NULL AS none, x'00ff' AS bytes, 1.5 AS real`,
  ],
  'query.json': [
    ...['query', 't.db', '--format', 'json'],
    `SELECT 9007199254740991 AS exact, 9007199254740993 AS large, -1 AS one, 'x' AS one, NULL AS none,
     x'00ff' AS bytes, 1.5 AS real`,
  ],
  'query-empty.json': ['query', 't.db', 'SELECT * FROM step WHERE id < 0', '--format', 'json'],
  'query-empty.txt': ['query', 't.db', 'SELECT id, instruction FROM step WHERE id < 0'],
  'help-steps.txt': ['steps', '--help'],
};

/** What depends on how SQLite lays tables out, and on which tables there are. */
function withoutSizes(stdout: string): string {
  return stdout
    .replace(/size +.*/, 'size …')
    .replace(/"size_bytes": \d+/, '"size_bytes": 0')
    .replace(/(?<=\nrows\n)[^]*/, '')
    .replace(/"rows": \{[^}]*\}/, '"rows": {}');
}

for (const [name, args] of Object.entries(OUTPUTS)) {
  test(`prints ${name}`, (t) => {
    const { code, stdout, stderr } = kvmtrace(args, { cwd: directory });
    t.is(stderr, '');
    t.is(code, 0);
    if (args.includes('json')) t.notThrows(() => JSON.parse(stdout) as unknown);
    matchesGolden(t, `cli/${name}`, name.startsWith('info') ? withoutSizes(stdout) : stdout);
  });
}

test('info counts the rows of every table', (t) => {
  const { stdout } = kvmtrace(['info', 't.db', '--format', 'json'], { cwd: directory });
  const { rows } = JSON.parse(stdout) as { rows: Record<string, number> };
  t.is(rows['step'], 13);
  t.is(rows['memory_write'], 5);
  t.is(rows['mmio'], 2);
});

test('--version is that of the package', (t) => {
  t.regex(kvmtrace(['--version']).stdout, /^\d+\.\d+\.\d+\n$/);
});
