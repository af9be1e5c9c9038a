import test from 'ava';
import fc from 'fast-check';
import { KvmtraceError } from '../../src/base/errors.js';
import * as api from '../../src/index.js';
import { isOneSentence } from '../helpers/sentence.js';

const byte = fc.nat(0xff);
const word = fc.nat(0xffff);
const int = fc.nat(0xffff_ffff);
const wide = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

interface Kind {
  readonly type: {
    new (values?: never): { encode(): Uint8Array };
    decode(bytes: Uint8Array): { encode(): Uint8Array };
  };
  readonly sizeBytes: number;
  readonly fields: Readonly<Record<string, fc.Arbitrary<unknown>>>;
}

const region = { slot: int, flags: int, gpa: wide, size: wide };

/** Sizes are those of <linux/kvm.h>; the layouts themselves are compared with gcc's elsewhere. */
const kinds: Readonly<Record<string, Kind>> = {
  MemoryRegion: { type: api.MemoryRegion, sizeBytes: 24, fields: region },
  CreateRegion: { type: api.CreateRegion, sizeBytes: 24, fields: region },
  UserRegion: { type: api.UserRegion, sizeBytes: 32, fields: { ...region, userAddr: wide } },
  DirtyLog: { type: api.DirtyLog, sizeBytes: 16, fields: { slot: int, dirtyBitmap: wide } },
  ClearDirtyLog: {
    type: api.ClearDirtyLog,
    sizeBytes: 24,
    fields: { slot: int, numPages: int, firstPage: wide, dirtyBitmap: wide },
  },
  Translate: {
    type: api.Translate,
    sizeBytes: 24,
    fields: {
      ...{ linearAddress: wide, physicalAddress: wide },
      ...{ valid: byte, writeable: byte, usermode: byte },
    },
  },
  DebugControl: {
    type: api.DebugControl,
    sizeBytes: 72,
    fields: { control: int, debugreg: fc.array(wide, { minLength: 8, maxLength: 8 }) },
  },
  SetSignalMask: {
    type: api.SetSignalMask,
    sizeBytes: 12,
    fields: { sigset: fc.uint8Array({ minLength: 8, maxLength: 8 }) },
  },
  TPRAccessCtl: { type: api.TPRAccessCtl, sizeBytes: 40, fields: { enabled: int, flags: int } },
  VAPICAddr: { type: api.VAPICAddr, sizeBytes: 8, fields: { addr: wide } },
  IOEventFD: {
    type: api.IOEventFD,
    sizeBytes: 64,
    fields: { datamatch: wide, addr: wide, len: int, fd: fc.integer(), flags: int },
  },
  VMRun: {
    type: api.VMRun,
    sizeBytes: 32,
    fields: {
      ...{ requestInterruptWindow: byte, immediateExit: byte, exitReason: int },
      ...{ readyForInterruptInjection: byte, ifFlag: byte, flags: word },
      ...{ cr8: wide, apicBase: wide },
    },
  },
  CPUIDEntry: {
    type: api.CPUIDEntry,
    sizeBytes: 40,
    fields: {
      ...{ function: int, index: int, flags: int },
      ...{ eax: int, ebx: int, ecx: int, edx: int },
    },
  },
};

for (const [name, { type, sizeBytes, fields }] of Object.entries(kinds)) {
  test(`${name}: what is encoded is decoded again`, (t) => {
    fc.assert(
      fc.property(fc.record(fields), (values) => {
        const made = new type(values as never);
        const bytes = made.encode();
        t.is(bytes.length, sizeBytes);
        const decoded = type.decode(bytes) as unknown as Record<string, unknown>;
        for (const field of Object.keys(fields)) t.deepEqual(decoded[field], values[field], field);
      }),
      { numRuns: 20 },
    );
  });

  test(`${name}: decoding any bytes and encoding them again changes no field`, (t) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: sizeBytes, maxLength: sizeBytes }), (bytes) => {
        if (name === 'SetSignalMask') bytes.set([8, 0, 0, 0]);
        const once = type.decode(bytes);
        t.deepEqual(type.decode(once.encode()), once);
      }),
      { numRuns: 20 },
    );
  });

  test(`${name}: too few bytes are refused, zeros are its default`, (t) => {
    const error = t.throws(() => type.decode(new Uint8Array(3)), { instanceOf: KvmtraceError });
    t.true(isOneSentence(error.message), error.message);
    t.regex(error.message, /only 3 were given/);
    const zeros = new type().encode();
    if (name === 'SetSignalMask') zeros[0] = 0;
    t.true(zeros.every((value) => value === 0));
  });
}

test('64-bit fields may be given as numbers', (t) => {
  t.is(new api.UserRegion({ gpa: 0x1000, size: 4096 }).gpa, 0x1000n);
});

test('a sigset or a table that is cut short is refused', (t) => {
  const mask = new api.SetSignalMask().encode().subarray(0, 8);
  t.throws(() => api.SetSignalMask.decode(mask), { message: /of 8 bytes was given only 4/ });
  t.throws(() => new api.DebugControl({ debugreg: [1n] }).encode(), {
    message: /8 debug registers/,
  });
});

test('a dirty log holds the address of its bitmap', (t) => {
  const bitmap = new Uint8Array(128);
  const log = new api.DirtyLog({ slot: 1, bitmap });
  t.true(log.dirtyBitmap > 0n);
  t.is(new api.ClearDirtyLog({ bitmap }).dirtyBitmap, log.dirtyBitmap);
});
