import test from 'ava';
import { Trace } from '../../src/query/trace.js';
import { writeFixtureTrace, type Fixture } from '../helpers/fixture-trace.js';

/** `step kinds gpa+size`, by step; kinds: r, w, s for silent, i for implied. */
function accesses(fixture: Fixture): string[] {
  using trace = Trace.open(writeFixtureTrace(fixture));
  return trace.accesses({ gpa: 0, length: 0x10000 }).map((each) => {
    const kinds = [
      each.reads ? 'r' : '',
      each.writes ? 'w' : '',
      each.silent ? 's' : '',
      each.implied ? 'i' : '',
    ].join('');
    return `${each.step} ${kinds} ${each.gpa.toString(16)}+${each.size}`;
  });
}

function one(bytes: string, more: Partial<Fixture['steps'][number]>, initial = {}): string[] {
  return accesses({ steps: [{ rip: 0x1000, bytes, ...more }], initial }).sort();
}

test('loads, stores, stores that change nothing, and both at once', (t) => {
  const initial = { rbx: 0x5000, rcx: 2 };
  t.deepEqual(one('488b44cb10', {}, initial), ['0 r 5020+8']); // mov rax, [rbx+rcx*8+0x10]
  const memory = [{ gpa: 0x5000, size: 4, value: 2 }];
  t.deepEqual(one('890b', { memory }, initial), ['0 w 5000+4']); // mov [rbx], ecx
  t.deepEqual(one('890b', {}, initial), ['0 ws 5000+4']);
  t.deepEqual(one('010b', { memory }, initial), ['0 rw 5000+4']); // add [rbx], ecx
  t.deepEqual(one('8d03', {}, initial), []); // lea eax, [rbx]
});

test('the stack', (t) => {
  const initial = { rsp: 0x8000, rbx: 0x5000 };
  t.deepEqual(one('50', {}, initial), ['0 ws 7ff8+8']); // push rax
  t.deepEqual(one('58', {}, initial), ['0 r 8000+8']); // pop rax
  t.deepEqual(one('ff13', {}, initial), ['0 r 5000+8', '0 ws 7ff8+8']); // call [rbx]
});

test('an access across a page is one in each', (t) => {
  t.deepEqual(one('8b03', {}, { rbx: 0x4fff }), ['0 r 4fff+1', '0 r 5000+3']); // mov eax, [rbx]
});

test('segments: fs has a base in 64-bit code, the others elsewhere', (t) => {
  t.deepEqual(one('648b03', {}, { rbx: 0x10, fs_base: 0x5000 }), ['0 r 5010+4']);
  t.deepEqual(one('8b03', {}, { rbx: 0x10, ds_base: 0x5000 }), ['0 r 10+4']);
  t.deepEqual(one('8b07', { mode: 16 }, { rbx: 0x1_0010, ds_base: 0x5000 }), ['0 r 5010+2']);
});

test('string instructions access all their elements, upwards and downwards', (t) => {
  const initial = { rcx: 100, rsi: 0x5000, rdi: 0x5f00 };
  const up = { rcx: 0, rsi: 0x5190, rdi: 0x6090 };
  t.deepEqual(one('f3a5', { registers: up }, initial), [
    '0 r 5000+400',
    '0 ws 5f00+256',
    '0 ws 6000+144',
  ]); // rep movsd
  const down = { rcx: 90, rdi: 0x5ef6 };
  t.deepEqual(one('f3aa', { registers: down }, initial), ['0 ws 5ef7+10']); // rep stosb
  t.deepEqual(one('f3aa', {}, { ...initial, rcx: 0 }), []);
  t.deepEqual(one('ac', { registers: { rsi: 0x5001 } }, initial), ['0 r 5000+1']); // lodsb
});

test('changes that no operand makes', (t) => {
  const memory = [
    { gpa: 0x5000, size: 4, value: 2 },
    { gpa: 0x7000, size: 8, value: 9 },
  ];
  t.deepEqual(one('890b', { memory }, { rbx: 0x5000, rcx: 2 }), ['0 w 5000+4', '0 wi 7000+8']);
});

test('through page tables, as they are when the step runs', (t) => {
  const table = (entry: number): Uint8Array =>
    new Uint8Array(BigInt64Array.of(BigInt(entry)).buffer);
  const step = { rip: 0x1000, bytes: '8b03' }; // mov eax, [rbx]
  const found = accesses({
    steps: [
      step,
      { rip: 0x1002, bytes: '90', memory: [{ gpa: 0x4000, size: 8, value: 0x6023 }] }, // only Accessed
      step,
      { rip: 0x1002, bytes: '90', memory: [{ gpa: 0x4000, size: 8, value: 0x7023 }] },
      step,
    ],
    initial: { cr0: 0x80000011n, cr3: 0x1000, cr4: 0x20, efer: 0x500, rbx: 0x10 },
    slots: [{ gpa: 0, size: 0x8000 }],
    pages: { 1: table(0x2003), 2: table(0x3003), 3: table(0x4003), 4: table(0x6003) },
  });
  t.deepEqual(
    found.filter((each) => each.includes(' r ')),
    ['0 r 6010+4', '2 r 6010+4', '4 r 7010+4'],
  );
});
