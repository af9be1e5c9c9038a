/** Each mistake gets one sentence on stderr, nothing on stdout and exit code 2. */
import test from 'ava';
import { copyFileSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';
import { isOneSentence } from '../helpers/sentence.js';
import { EXAMPLE } from './example-trace.js';

const trace = writeFixtureTrace(EXAMPLE);
const cut = temporaryPath('cut.db');
copyFileSync(trace, cut);
truncateSync(cut, 10_000);
const text = temporaryPath('text');
writeFileSync(text, 'no trace\n');
const newer = writeFixtureTrace(
  { ...EXAMPLE, sql: 'PRAGMA user_version = 99' },
  temporaryPath('newer.db'),
);
const escape = writeFixtureTrace(
  {
    steps: [],
    sql: 'CREATE TRIGGER "\x1b[2J\nx" AFTER INSERT ON step BEGIN SELECT 1; END',
  },
  temporaryPath('escape.db'),
);

const BAD: readonly (readonly [expected: RegExp, ...args: string[]])[] = [
  [/there is no command: see kvmtrace --help/],
  [/there is no command fly: see kvmtrace --help/, 'fly'],
  [/steps needs more arguments: see kvmtrace steps --help/, 'steps'],
  [/steps has no option or argument other/, 'steps', trace, 'other'],
  [/steps has no option or argument bogus/, 'steps', trace, '--bogus'],
  [/steps has no option or argument info: see kvmtrace steps --help/, 'steps', trace, 'info'],
  [/--format "xml" is none of "text", "json"/, 'steps', trace, '--format', 'xml'],
  [/--from needs a value/, 'steps', trace, '--from'],
  [/--from was given 2 times/, 'steps', trace, '--from', '1', '--from', '2'],
  [/--from abc is not a number/, 'steps', trace, '--from', 'abc'],
  [/--from 1\.5 is not a number/, 'steps', trace, '--from', '1.5'],
  [/has no step 13: its steps are 0 to 12/, 'steps', trace, '--from', '13'],
  [/has no step 9007199254740991/, 'steps', trace, '--from', '99999999999999999999'],
  [/--from -14 is before the beginning/, 'steps', trace, '--from', '-14'],
  [/--count 0 is not a count/, 'steps', trace, '--count', '0'],
  [/--at is missing/, 'state', trace],
  [/has no state 14: its states are 0 to 13/, 'state', trace, '--at', '14'],
  [
    /"nowhere" is no address, register or symbol/,
    'state',
    trace,
    '--at',
    '0',
    '--memory',
    'nowhere:8',
  ],
  [/the length has to be a number from 1/, 'state', trace, '--at', '0', '--memory', '0x1000:0'],
  [/the length has to be/, 'state', trace, '--at', '0', '--memory', '0x1000:99999999999'],
  [
    /a physical address has at most 52 bits/,
    ...['state', trace, '--at', '0', '--memory-physical', '0xffffffffffffffff:8'],
  ],
  ...['0x10000000000000000', '0xffffffffffffffff+1'].flatMap((place): [RegExp, ...string[]][] => [
    [
      /--memory .*: an address has at most 64 bits/,
      ...['state', trace, '--at', '0', '--memory', `${place}:8`],
    ],
    [/an address has at most 64 bits/, 'why', trace, '--at', '1', `[${place}]`],
    [/an address has at most 64 bits/, 'why', trace, '--at', '1', `phys:[${place}]`],
  ]),
  [/an address has at most 64 bits/, 'steps', trace, '--runs', '0x10000000000000000'],
  [/an address has at most 64 bits/, 'replay', trace, '--until', '0x10000000000000000'],
  [
    /--set \[0x10000000000000000\]=01: give a general register/,
    ...['replay', trace, '--from', '1', '--set', '[0x10000000000000000]=01', '-o', '/nowhere.db'],
  ],
  [/--depth 501 is too many: .* 1 to 500/, 'why', trace, '--at', '1', 'rax', '--depth', '501'],
  [/--links 100001 is too many/, 'why', trace, '--at', '1', 'rax', '--links', '100001'],
  [/--links 0 is not a count/, 'why', trace, '--at', '1', 'rax', '--links', '0'],
  [/there is no trace .*none\.db/, 'info', join(dirname(trace), 'none.db')],
  [/is a directory/, 'info', dirname(trace)],
  [/is not a trace/, 'info', text],
  [/is cut short/, 'info', cut],
  [/is a trace of format 99, .* update kvmtrace/, 'steps', newer],
  [/has a trigger \\x1b\[2J\\nx/, 'info', escape],
  [/no such table: foo; the tables are meta, /, 'query', trace, 'SELECT * FROM foo'],
  [/no such column: x; the columns of step are id, /, 'query', trace, 'SELECT x FROM step'],
  [/near "step": syntax error/, 'query', trace, 'SELECT id FORM step'],
  [/no SQL statement begins with "SELEC"/, 'query', trace, 'selec 1'],
  [/there is no INSERT/, 'query', trace, 'INSERT INTO step VALUES (99, 0)'],
  [/there is no ATTACH/, 'query', trace, "ATTACH 'x.db' AS x"],
  [/there is no DROP/, 'query', trace, ' -- hm\n/* hm */ DROP TABLE step'],
  [/would write/, 'query', trace, 'WITH x AS (SELECT 1) DELETE FROM step'],
  [/there is no VACUUM/, 'query', trace, "VACUUM INTO 'x.db'"],
  [/this PRAGMA could change/, 'query', trace, 'PRAGMA journal_mode = WAL'],
  [/this PRAGMA could change/, 'query', trace, "PRAGMA temp_store_directory = '/'"],
  [/this PRAGMA could change/, 'query', trace, 'PRAGMA user_version = 3'],
  [/only a SELECT can be explained/, 'query', trace, 'EXPLAIN QUERY PLAN PRAGMA user_version = 3'],
  [/more than one SQL statement/, 'query', trace, 'SELECT 1; DROP TABLE step'],
  [/no SQL statement: write/, 'query', trace, '/* nothing */'],
  [/the SQL has parameters/, 'query', trace, 'SELECT ?'],
  [/not authorized/, 'query', trace, "SELECT load_extension('x')"],
  [/no such function: nope; besides/, 'query', trace, 'SELECT nope(1)'],
  [/--format "coff" is none of "auto", "flat", "elf"/, 'record', text, '--format', 'coff'],
  [/is of no known kind .* give a static ELF, or say with --mode/, 'record', text],
  [/--memory "lots" is not a size/, 'record', text, '--memory', 'lots'],
  [/--max-steps 0 is not a count/, 'record', text, '--max-steps', '0'],
  [/--mode "fast" is none of/, 'record', text, '--mode', 'fast'],
];

for (const [expected, ...args] of BAD) {
  const shown = args.map((arg) => basename(arg)).join(' ');
  test(`kvmtrace ${shown}`, (t) => {
    const { code, stdout, stderr } = kvmtrace(args, { cwd: dirname(text) });
    t.regex(stderr, expected);
    t.is(code, 2);
    t.is(stdout, '');
    t.true(stderr.startsWith('kvmtrace: '));
    t.true(isOneSentence(stderr.trimEnd()), stderr);
    t.is(stderr.split('\n').length, 2, 'one line');
  });
}

test.after('nothing was left behind, nothing changed', (t) => {
  t.deepEqual(readdirSync(dirname(text)), ['text']);
  t.is(readFileSync(text, 'utf8'), 'no trace\n');
});

test('--debug shows where an error comes from', (t) => {
  const { code, stderr } = kvmtrace(['info', text, '--debug']);
  t.is(code, 2);
  t.regex(stderr, /at .*file-check\.js/);
});
