/** What steps read and wrote, with the bytes: in the library, the listing and its JSON. */
import test from 'ava';
import { Trace } from '../../src/query/trace.js';
import type { StepAccess } from '../../src/query/step-accesses.js';
import { kvmtrace } from '../helpers/cli.js';
import { writeFixtureTrace } from '../helpers/fixture-trace.js';

const path = writeFixtureTrace({
  initial: { rax: 3, rbx: 0x5000, rsp: 0x8000, rcx: 16, rsi: 0x5000, rdi: 0x6ffc },
  pages: { 5: Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9, 9]) },
  symbols: [{ address: 0x5000, size: 16, name: 'buffer' }],
  steps: [
    { rip: 0x1000, bytes: '488b03', text: 'mov rax, [rbx]', registers: { rax: 2 } },
    { rip: 0x1003, bytes: '488903', text: 'mov [rbx], rax' }, // As it was.
    {
      ...{ rip: 0x1006, bytes: 'ff33', text: 'push qword ptr [rbx]' },
      ...{ registers: { rsp: 0x7ff8 }, memory: [{ gpa: 0x7ff8, size: 8, value: 2 }] },
    },
    {
      ...{ rip: 0x1008, bytes: '480103', text: 'add [rbx], rax' },
      memory: [{ gpa: 0x5000, size: 8, value: 4 }],
    },
    { rip: 0x100b, bytes: '480903', text: 'or [rbx], rax' },
    { rip: 0x100e, bytes: '0f1003', text: 'movups xmm0, [rbx]' },
    {
      ...{ rip: 0x1011, bytes: 'f3a4', text: 'rep movsb' },
      registers: { rcx: 0, rsi: 0x5010, rdi: 0x700c },
      memory: [
        { gpa: 0x6ffc, size: 4, value: 4 },
        { gpa: 0x7004, size: 8, value: 0x0909090909090909n },
      ],
    },
    { rip: 0x1013, bytes: '90', text: 'nop' },
  ],
});

function told(access: StepAccess): string {
  const { gpa, size, reads, writes, silent, before, after } = access;
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const uses = `${reads ? 'r' : ''}${writes ? 'w' : ''}${silent ? '=' : ''}`;
  return `${gpa.toString(16)}:${size} ${uses} ${hex(before)} ${hex(after)}`;
}

test('every access of a step, with what it met and what it left', (t) => {
  using trace = Trace.open(path);
  const records = [...trace.steps(0, trace.stepCount, { accesses: true })];
  const two = '0200000000000000';
  const four = '0400000000000000';
  const both = `${four}0909090909090909`;
  t.deepEqual(
    records.map(({ accesses }) => accesses?.map(told)),
    [
      [`5000:8 r ${two} ${two}`],
      [`5000:8 w= ${two} ${two}`],
      [`5000:8 r ${two} ${two}`, `7ff8:8 w 0000000000000000 ${two}`],
      [`5000:8 rw ${two} ${four}`],
      [`5000:8 rw= ${four} ${four}`],
      [`5000:16 r ${both} ${both}`],
      // Over the end of a page, whose pages lie together, as one.
      [`5000:16 r ${both} ${both}`, `6ffc:16 w ${'00'.repeat(16)} ${both}`],
      [],
    ],
  );
  t.true(
    [...trace.steps(0, 2)].every(({ accesses }) => accesses === undefined),
    'only if asked',
  );
  t.deepEqual([...trace.steps(2, 1, { accesses: true })][0]!.accesses!.map(told), [
    `5000:8 r ${two} ${two}`,
    `7ff8:8 w 0000000000000000 ${two}`,
  ]);
});

/** What stands behind the disassembly, by step. */
function changes(...args: string[]): string[] {
  const { stdout, code, stderr } = kvmtrace(['steps', path, ...args]);
  if (code !== 0) throw new Error(stderr);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/).slice(4).join('  '));
}

test('steps --reads tells them, and what has changed as old and new', (t) => {
  t.deepEqual(changes('--reads'), [
    'rax 3→2  [0x5000]:8 read 2',
    '[0x5000]:8 wrote 2 (unchanged)',
    'rsp 0x8000→0x7ff8  [0x7ff8]:8 0→2  [0x5000]:8 read 2',
    '[0x5000]:8 2→4',
    '[0x5000]:8 read and wrote 4 (unchanged)',
    '[0x5000]:16 read 04 00 00 00 00 00 00 00 09 09 09 09 09 09 09 09',
    'rcx 0x10→0  rsi 0x5000→0x5010  rdi 0x6ffc→0x700c  [0x6ffc]:4 0→4  [0x7004]:8 0→0x909090909090909  [0x5000]:16 read 04 00 00 00 00 00 00 00 09 09 09 09 09 09 09 09',
    '',
  ]);
  t.deepEqual(changes('--count', '3'), ['rax 3→2', '', 'rsp 0x8000→0x7ff8  [0x7ff8]:8 0→2']);
});

test('steps --accesses tells them unasked, and where a name was looked', (t) => {
  const { stdout, stderr } = kvmtrace(['steps', path, '--accesses', '[rbx]:4', '--count', '2']);
  t.regex(stdout, /\[0x5000\]:8 read 2\n.*\[0x5000\]:8 wrote 2 \(unchanged\)\n$/);
  t.regex(stderr, /^kvmtrace: --accesses \[rbx\]:4 is \[0x5000\]:4, as of state 0\.$/m);
  const json = kvmtrace([
    ...['steps', path, '--writes', '[buffer+2]', '--format', 'json', '--reads'],
  ]);
  t.regex(json.stderr, /^kvmtrace: --writes \[buffer\+2\] is \[0x5002\]:8, as of state 0\.$/m);
  const { steps, searched } = JSON.parse(json.stdout) as {
    steps: { step: number; accesses: unknown[] }[];
    searched: unknown[];
  };
  t.deepEqual(
    steps.map(({ step }) => step),
    [3],
  );
  t.deepEqual(steps[0]!.accesses, [
    {
      ...{ gpa: 0x5000, size: 8, reads: true, writes: true, unchanged: false, implied: false },
      ...{ before: '0200000000000000', after: '0400000000000000' },
    },
  ]);
  t.deepEqual(searched, [
    { option: 'writes', text: '[buffer+2]', physical: false, address: 0x5002, length: 8 },
  ]);
  const plain = kvmtrace(['steps', path, '--writes', '[0x5000]:4']);
  t.is(plain.stderr, '', 'a number says itself where it is');
});
