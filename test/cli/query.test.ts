/** Where `query` takes its SQL from, how it shows addresses, and the questions that come with it. */
import test from 'ava';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';

const TOP = 0xffffffff80000000n;
const path = writeFixtureTrace({
  initial: { rsp: 0x8000, rax: TOP },
  symbols: [
    { address: 0x1000, size: 0x10, name: 'low' },
    { address: TOP, size: 0x10, name: 'high' },
    { address: 0x3000, size: 0x10, name: 'never' },
  ],
  steps: [
    { rip: 0x1000, bytes: 'ffd0', text: 'call rax', registers: { rsp: 0x7ff8 }, memory: [{ gpa: 0x7ff8, size: 8, value: 0x1002 }] },
    { rip: TOP, bytes: '90' },
    { rip: TOP + 1n, bytes: '90' },
    { rip: TOP + 2n, bytes: 'c3', text: 'ret', registers: { rsp: 0x8000 } },
    { rip: 0x1002, bytes: 'e6e9', text: 'out 0xe9, al', out: [0xe9, 'a'] },
    { rip: 0x1004, bytes: 'f4', text: 'hlt' },
  ],
}); // prettier-ignore

/** Lines of CSV, without the head. */
function rows(...args: string[]): string[] {
  const { code, stdout, stderr } = kvmtrace(['query', path, '--format', 'csv', ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout.trimEnd().split('\r\n').slice(1);
}

test('SQL from a file and from standard input', (t) => {
  const file = temporaryPath('question.sql');
  writeFileSync(file, '-- how many?\nSELECT count(*) FROM step;\n');
  t.deepEqual(rows('-f', file), ['6']);
  t.deepEqual(rows('--file', file), ['6']);
  const main = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));
  const input = 'SELECT max(id)\nFROM step';
  const { status, stdout } = spawnSync(process.execPath, [main, 'query', path, '-'], {
    ...{ input, encoding: 'utf8' },
  });
  t.is(status, 0);
  t.regex(stdout, /\n *5\n$/);
});

test('no SQL, several, or none that can be read: a sentence and exit code 2', (t) => {
  for (const [args, said] of [
    [[], /query needs SQL/],
    [['SELECT 1', '--name', 'ports'], /in several ways/],
    [['-f', '/nowhere.sql'], /-f \/nowhere\.sql cannot be read: ENOENT\.$/m],
    [['--name', 'slowest'], /no question "slowest": they are busiest-registers, /],
  ] as const) {
    const { code, stderr } = kvmtrace(['query', path, ...args]);
    t.is(code, 2);
    t.regex(stderr, said);
  }
});

test('--hex shows addresses and contents, and counts stay decimal', (t) => {
  t.deepEqual(rows('--hex', 'SELECT id, rip, rsp, rip AS here, 20 AS n FROM steps WHERE id = 1'), [
    '1,0xffffffff80000000,0x7ff8,0xffffffff80000000,20',
  ]);
  t.deepEqual(rows('SELECT rip FROM steps WHERE id = 0'), ['4096']);
  t.deepEqual(rows('--hex', 'SELECT gpa, size, value, step FROM memory_write'), [
    '0x7ff8,8,0x1002,0',
  ]);
  t.deepEqual(rows('--hex', 'SELECT max(rip) AS rip, count(*) AS step FROM steps'), ['0x1004,6']);
  const json = kvmtrace(['query', path, '--hex', 'SELECT rip FROM step JOIN instruction i ON i.id = instruction LIMIT 1', '--format', 'json']).stdout; // prettier-ignore
  t.deepEqual(JSON.parse(json), [{ rip: '0x1000' }]);
});

test('a comparison that is signed without meaning to be is warned of, and the advice is right', (t) => {
  const wrong = `SELECT count(*) FROM steps WHERE rip > 0xffffffff80000000`;
  const { code, stderr, stdout } = kvmtrace(['query', path, wrong, '--format', 'csv']);
  t.is(code, 0);
  t.regex(stdout, /\n5\r\n$/, 'low addresses, too');
  const advice = /write (unsigned\(rip\) > unsigned\(0xffffffff80000000\))\.$/m.exec(stderr)?.[1];
  t.truthy(advice, stderr);
  const right = `SELECT count(*) FROM steps WHERE ${advice!}`;
  t.deepEqual(rows(right), ['2']);
  t.is(kvmtrace(['query', path, right]).stderr, '');
  t.deepEqual(rows('SELECT count(*) FROM steps WHERE (rip < 0, rip) > (1, 0xffffffff80000000)'), [
    '2',
  ]);
});

test('--tables lists what there is', (t) => {
  const tables = rows('--tables');
  t.true(tables.includes('step,"id, instruction"'));
  t.true(tables.some((line) => line.startsWith('steps,"id, rip, text, rax, ')));
});

const files = readdirSync(new URL('schema/questions', packageRoot));
const readme = readFileSync(new URL('schema/README.md', packageRoot), 'utf8');

test('every question is listed, documented, and prints its SQL', (t) => {
  const listed = JSON.parse(kvmtrace(['query', path, '--list', '--format', 'json']).stdout) as {
    name: string;
    question: string;
    sql: string;
  }[];
  t.deepEqual(
    listed.map(({ name }) => `${name}.sql`),
    files.sort(),
  );
  t.true(listed.length > 10);
  for (const { name, question, sql } of listed) {
    t.regex(question, /^(?:Which|Where|What) .*\?$/);
    t.true(readme.includes(`| \`${name}\` | ${question} |\n`), name);
    t.regex(sql, /^(?:SELECT|WITH)\b[^]*;\n$/);
  }
  const { sql } = listed.find(({ name }) => name === 'ports')!;
  t.is(kvmtrace(['query', path, '--list', '--name', 'ports']).stdout, sql);
});

/** The answers of this trace; of the other questions there is nothing to tell. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  'slowest-functions': ['low,1,3,6', 'high,1,3,3'],
  'longest-calls': ['high,1,3,3,1,return'],
  'deepest-calls': ['1,high,1,3', '0,low,0,5'],
  'hot-instructions': [
    ...['0x1000,low,call rax,1,0,0', '0xffffffff80000000,high,nop,1,1,1'],
    ...['0xffffffff80000001,high+0x1,nop,1,2,2', '0xffffffff80000002,high+0x2,ret,1,3,3'],
    ...['0x1002,low+0x2,"out 0xe9, al",1,4,4', '0x1004,low+0x4,hlt,1,5,5'],
  ],
  'unreached-functions': ['never,0x3000,16'],
  output: ['0xe9,1,a'],
  ports: ['0xe9,out,1,1,4'],
  'most-written-pages': ['0x7000,1,0,0'],
  'busiest-registers': ['rsp,2,3'],
};

for (const file of files) {
  const name = file.slice(0, -4);
  test(`the question ${name}`, (t) => {
    t.deepEqual(rows('--hex', '--name', name), ANSWERS[name] ?? []);
  });
}

test('code that changed, exceptions, inputs and MMIO are told', (t) => {
  const trace = writeFixtureTrace({
    symbols: [{ address: 0x1000, size: 0x10, name: 'start' }],
    steps: [
      { rip: 0x1000, bytes: '90', text: 'nop' },
      { rip: 0x1000, bytes: 'ec', text: 'in al, dx', in: [0x3fd, 'x'] },
      { rip: 0x1002, bytes: '8b03', text: 'mov eax, [rbx]' },
    ],
    sql: `INSERT INTO mmio (step, gpa, direction, size, data) VALUES (2, 0xfee00000, 'read', 4, x'ffffffff');
      INSERT INTO interruption (step, vector, kind, error_code, cr2, rip) VALUES (2, 14, 'fault', 2, 0x5000, 0x1001)`,
  });
  const answer = (name: string): string =>
    kvmtrace(['query', trace, '--name', name, '--hex', '--format', 'csv'])
      .stdout.split('\r\n')
      .slice(1, -1)
      .join('|');
  t.is(answer('changed-code'), '0x1000,start,nop,0,1|0x1000,start,"in al, dx",1,1');
  t.is(answer('exceptions'), '2,fault,14,0x2,0x5000,0x1001,start+0x2');
  t.is(answer('inputs'), 'mmio,1,2,2|port,1,1,1');
  t.is(answer('mmio'), '0xfee00000,read,4,1,2');
});
