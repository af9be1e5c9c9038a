import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import test from 'ava';
import { openTrace } from '../../../src/trace/reader/open.js';
import { packTrace } from '../../../src/trace/pack/pack.js';
import { temporaryPath, writeFixtureTrace, type Fixture } from '../../helpers/fixture-trace.js';

const FIXTURE: Fixture = {
  steps: Array.from({ length: 500 }, (_, i) => ({
    rip: 0x1000 + (i % 10),
    registers: { rax: i },
    memory: [{ gpa: 0x2000 + 8 * (i % 7), size: 8, value: BigInt(i) << 32n }],
  })),
  pages: { 1: Uint8Array.of(1, 2, 3) },
  symbols: [{ address: 0x1000, size: 16, name: 'main' }],
};

test('a packed trace opens as the trace that it was', (t) => {
  const path = writeFixtureTrace(FIXTURE);
  const packed = temporaryPath('t.trace');
  const { bytesBefore, bytesAfter } = packTrace(path, packed);
  t.true(bytesAfter < bytesBefore / 5, `${bytesBefore} -> ${bytesAfter}`);
  using a = openTrace(path);
  using b = openTrace(packed);
  t.is(b.stepCount, 500);
  t.deepEqual(b.rowCounts(), a.rowCounts());
  t.deepEqual(b.registers.between(-1, 500), a.registers.between(-1, 500));
  t.deepEqual(b.memory.between(0, 500), a.memory.between(0, 500));
  t.deepEqual(b.memory.initialPage(1), a.memory.initialPage(1));
});

test('the same trace gives the same bytes, whatever became of its file', (t) => {
  const [one, two, again] = ['1.trace', '2.trace', '3.trace'].map((name) => temporaryPath(name));
  packTrace(writeFixtureTrace(FIXTURE), one!);
  packTrace(writeFixtureTrace({ ...FIXTURE, sql: 'VACUUM' }), two!);
  packTrace(one!, again!);
  t.deepEqual(readFileSync(two!), readFileSync(one!));
  t.deepEqual(readFileSync(again!), readFileSync(one!));
});

test('a damaged packed trace is refused in one sentence', (t) => {
  const packed = temporaryPath('t.trace');
  packTrace(writeFixtureTrace(FIXTURE), packed);
  const whole = readFileSync(packed);
  const broken = (change: (bytes: Buffer) => Buffer): string => {
    const path = temporaryPath('broken.trace');
    writeFileSync(path, change(Buffer.from(whole)));
    return path;
  };
  const cut = broken((bytes) => bytes.subarray(0, bytes.length - 40));
  t.throws(() => openTrace(cut), { message: /is damaged: / });
  const flipped = broken((bytes) => {
    bytes[bytes.length >> 1]! ^= 1;
    return bytes;
  });
  t.throws(() => openTrace(flipped), { message: /is damaged: / });
  const newer = broken((bytes) => {
    bytes.writeUInt32LE(2, 8);
    return bytes;
  });
  t.throws(() => openTrace(newer), { message: /packed in format 2, .* update kvmtrace/ });
});

test('what is not complete is not packed', (t) => {
  const path = writeFixtureTrace({ ...FIXTURE, incomplete: true });
  const packed = temporaryPath('t.trace');
  t.throws(() => packTrace(path, packed), { message: /is not complete/ });
  t.false(existsSync(packed));
});

test('packing leaves no temporary files', (t) => {
  const leftovers = (): string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`kvmtrace-pack-${process.pid}`));
  packTrace(writeFixtureTrace(FIXTURE), temporaryPath('t.trace'));
  t.deepEqual(leftovers(), []);
});
