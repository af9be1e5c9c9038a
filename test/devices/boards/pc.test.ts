import test from 'ava';
import fc from 'fast-check';
import { KvmtraceError } from '../../../src/base/errors.js';
import { Platform } from '../../../src/devices/boards/pc.js';
import { throwsInputError } from '../../guest/formats/errors.js';

function setup(input = '') {
  const seen: string[] = [];
  const platform = new Platform({
    portInput: Buffer.from(input),
    memorySize: 64 * 1024 ** 2,
    onOutput: (byte, port) => seen.push(`${port.toString(16)}:${String.fromCharCode(byte)}`),
    onExit: (code) => seen.push(`exit ${code}`),
    onEnd: (end) => seen.push(end),
  });
  const read = (port: number, size = 1, count = 1): number[] => {
    const data = new Uint8Array(size * count);
    platform.portRead(port, size, data);
    return Array.from(data);
  };
  const write = (port: number, ...data: readonly number[]): void => {
    platform.portWrite(port, 1, Uint8Array.from(data));
  };
  return { platform, seen, read, write };
}

test('output comes from COM1 and both debug ports', (t) => {
  const { seen, write } = setup();
  write(0x3f8, 0x41);
  write(0xe9, 0x42, 0x43);
  write(0x402, 0x44);
  t.deepEqual(seen, ['3f8:A', 'e9:B', 'e9:C', '402:D']);
});

test('the debug ports tell that they are there', (t) => {
  const { read } = setup();
  t.deepEqual([...read(0xe9), ...read(0x402), ...read(0x92), ...read(0xf4)], [0xe9, 0xe9, 2, 0xff]);
});

test('the exit code is what the guest writes, of any size', (t) => {
  const { platform, seen } = setup();
  platform.portWrite(0xf4, 1, Uint8Array.of(7));
  platform.portWrite(0x501, 4, Uint8Array.of(0x78, 0x56, 0x34, 0xf2));
  t.deepEqual(seen, ['exit 7', `exit 4063516280`]);
});

test('the guest ends its machine by reset and by panic', (t) => {
  const { seen, read, write } = setup();
  write(0x92, 0x02);
  write(0x64, 0xfe);
  write(0x92, 0x03);
  write(0xcf9, 0x06);
  t.deepEqual(read(0x505), [1]);
  write(0x505, 1);
  t.deepEqual(seen, ['reset', 'reset', 'reset', 'panic']);
});

test('what nobody answers reads as all ones', (t) => {
  const { platform, read, write } = setup();
  write(0x80, 0x12);
  for (const port of [0x80, 0x2f8, 0x3f0]) t.deepEqual(read(port), [0xff], port.toString(16));
  for (const port of [0xcfc, 0x1234, 0xfff0]) {
    t.deepEqual(read(port, 4), [0xff, 0xff, 0xff, 0xff], port.toString(16));
  }
  const data = new Uint8Array(8);
  platform.mmioRead(0xfee00000, data);
  t.deepEqual(data, new Uint8Array(8).fill(0xff));
  t.notThrows(() => {
    platform.mmioWrite(0xfee00000, Uint8Array.of(1));
  });
});

test('the input is read with rep insb too', (t) => {
  const { read } = setup('hello');
  t.deepEqual(Buffer.from(read(0x3f8, 1, 5)).toString(), 'hello');
});

test('timer and serial port interrupt through the controller', (t) => {
  const { platform, write } = setup('x');
  for (const [port, value] of [
    ...[
      [0x20, 0x11],
      [0x21, 0x08],
      [0x21, 0x04],
      [0x21, 0x01],
    ],
    ...[
      [0x43, 0x34],
      [0x40, 10],
      [0x40, 0],
    ],
  ] as const) {
    write(port, value);
  }
  t.is(platform.pendingInterrupt(), undefined);
  t.is(platform.nextEventStep(), 88);
  platform.tick(87);
  t.is(platform.pendingInterrupt(), undefined);
  platform.tick(88);
  t.is(platform.pendingInterrupt(), 0x08);
  write(0x3f9, 0x01);
  t.is(platform.acknowledge(), 0x08);
  write(0x20, 0x20);
  t.is(platform.acknowledge(), 0x0c);
});

/** Ports that do something, and a few that do not. */
const PORTS = [
  ...[0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1, 0x40, 0x41, 0x42, 0x43, 0x61, 0x70, 0x71],
  ...[0x60, 0x64, 0xb2, 0xcf8, 0xcfc, 0x510, 0x511, 0x514, 0x518, 0x04, 0x0c, 0xc4, 0x81],
  ...[0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd, 0x3fe, 0x3ff, 0x92, 0xe9, 0x80, 0x402],
];
const operation = fc.record({
  port: fc.constantFrom(...PORTS),
  size: fc.constantFrom(1, 2, 4),
  value: fc.integer({ min: 0, max: 0xff }),
  kind: fc.constantFrom('read', 'write', 'tick', 'acknowledge'),
  steps: fc.nat({ max: 5000 }),
});
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Does it all from `step` on; returns everything that a guest or a recorder could see. */
function perform(
  { platform, seen }: ReturnType<typeof setup>,
  all: readonly Operation[],
  step: number,
) {
  const results: unknown[] = [];
  for (const { port, size, value, kind, steps } of all) {
    const data = new Uint8Array(size).fill(value);
    if (kind === 'read') platform.portRead(port, size, data);
    else if (kind === 'write') platform.portWrite(port, size, data);
    else if (kind === 'tick') platform.tick((step += steps));
    else if (platform.pendingInterrupt() !== undefined) results.push(platform.acknowledge());
    results.push([...data], platform.pendingInterrupt(), platform.nextEventStep());
  }
  return { results: [...results, ...seen], step };
}

test('a restored platform goes on as the saved one does', (t) => {
  const operations = fc.array(operation, { maxLength: 80 });
  fc.assert(
    fc.property(operations, operations, (before, after) => {
      const original = setup('some input for the guest');
      const { step } = perform(original, before, 0);
      const saved = original.platform.save();
      original.seen.length = 0;
      const copy = setup('some input for the guest');
      copy.platform.restore(saved);
      t.deepEqual(copy.platform.save(), saved);
      t.is(copy.platform.pendingInterrupt(), original.platform.pendingInterrupt());
      t.deepEqual(perform(copy, after, step), perform(original, after, step));
      t.deepEqual(copy.platform.save(), original.platform.save());
    }),
    { numRuns: 300 },
  );
});

test('restoring any bytes gives an input error or a platform that works', (t) => {
  const size = setup().platform.save().length;
  const changes = fc.array(fc.tuple(fc.nat({ max: size - 1 }), fc.nat({ max: 255 })), {
    maxLength: 8,
  });
  fc.assert(
    fc.property(changes, fc.array(operation, { maxLength: 30 }), (all, after) => {
      const machine = setup('abc');
      const bytes = Uint8Array.from(machine.platform.save());
      for (const [at, value] of all) bytes[at] = value;
      try {
        machine.platform.restore(bytes);
      } catch (error) {
        if (!(error instanceof KvmtraceError)) throw error;
        return;
      }
      perform(machine, after, 2 ** 40);
      machine.platform.save();
    }),
    { numRuns: 1000 },
  );
  for (const length of [0, 3, size - 1, size + 1]) {
    throwsInputError(
      t,
      () => {
        setup().platform.restore(new Uint8Array(length));
      },
      'snapshot',
    );
  }
});
