import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import test from 'ava';
import { indexTrace } from '../../../src/derive/index-trace.js';
import { openTrace } from '../../../src/trace/read/open.js';
import { packTrace } from '../../../src/trace/pack/pack.js';
import { unpackTrace } from '../../../src/trace/pack/unpack.js';
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
  const longer = broken((bytes) => Buffer.concat([bytes, Buffer.of(0)]));
  t.throws(() => openTrace(longer), { message: /something follows its end/ });
  const newerTrace = broken((bytes) => {
    bytes.writeUInt32LE(99, 12);
    return bytes;
  });
  t.throws(() => openTrace(newerTrace), { message: /a trace of format 99, .* update kvmtrace/ });
  const newer = broken((bytes) => {
    bytes.writeUInt32LE(2, 8);
    return bytes;
  });
  t.throws(() => openTrace(newer), { message: /packed in format 2, .* update kvmtrace/ });
});

test('what is derived does not show in a packed trace', (t) => {
  const [plain, indexed] = ['1.trace', '2.trace'].map((name) => temporaryPath(name));
  const path = writeFixtureTrace(FIXTURE);
  packTrace(path, plain!);
  indexTrace(path);
  packTrace(path, indexed!);
  t.deepEqual(readFileSync(indexed!), readFileSync(plain!));
});

test('unpacking a damaged file leaves what was there', (t) => {
  const packed = temporaryPath('t.trace');
  packTrace(writeFixtureTrace(FIXTURE), packed);
  const bytes = readFileSync(packed);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(packed, bytes);
  const output = temporaryPath('kept.db');
  writeFileSync(output, 'precious');
  t.throws(
    () => {
      unpackTrace(packed, output);
    },
    { message: /its hash is another/ },
  );
  t.is(readFileSync(output, 'utf8'), 'precious');
  t.deepEqual(
    readdirSync(dirname(output)).filter((name) => name.includes(`.${process.pid}`)),
    [],
  );
});

test('a file that would unpack to more than any trace is refused at its first block', (t) => {
  const packed = temporaryPath('t.trace');
  packTrace(writeFixtureTrace(FIXTURE), packed);
  const bomb = (change: (first: Buffer) => void): string => {
    const bytes = readFileSync(packed);
    const length = bytes.readUInt32LE(20);
    const first = brotliDecompressSync(bytes.subarray(24, 24 + length));
    change(first);
    const again = brotliCompressSync(first);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32LE(first.length, 0);
    lengths.writeUInt32LE(again.length, 4);
    const path = temporaryPath('bomb.trace');
    const body = [lengths, again];
    writeFileSync(path, Buffer.concat([bytes.subarray(0, 16), ...body, ...body]));
    return path;
  };
  const PAGES = 28; // https://www.sqlite.org/fileformat.html, "In-header database size"
  const claims = bomb((first) => {
    first.writeUInt32BE(0xffff_ffff, PAGES);
  });
  t.throws(() => openTrace(claims), { message: /claims to hold \d+ bytes, which no trace/ });
  const holds = bomb(() => undefined);
  t.throws(() => openTrace(holds), { message: /holds more than it says/ });
});

test('what is not complete is not packed', (t) => {
  const path = writeFixtureTrace({ ...FIXTURE, incomplete: true });
  const packed = temporaryPath('t.trace');
  t.throws(() => packTrace(path, packed), { message: /is not complete/ });
  t.false(existsSync(packed));
});

test('packing leaves no temporary files', (t) => {
  const leftovers = (): string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`kvmtrace-${process.pid}-`));
  const before = leftovers();
  packTrace(writeFixtureTrace(FIXTURE), temporaryPath('t.trace'));
  t.deepEqual(leftovers(), before);
});
