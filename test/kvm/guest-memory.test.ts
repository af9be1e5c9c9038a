import { readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import { KvmtraceError } from '../../src/base/errors.js';
import { MEM } from '../../src/kvm/abi/memory.js';
import { GuestMemory } from '../../src/kvm/guest-memory.js';
import { Kvm } from '../../src/kvm/kvm.js';
import { SyscallError } from '../../src/kvm/libc.js';
import { kvmTest } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';

const GIB = 2 ** 30;

function guestMemory(t: ExecutionContext): GuestMemory {
  const kvm = Kvm.open();
  t.teardown(() => {
    kvm.close();
  });
  return new GuestMemory(kvm.createVm());
}

/** Bytes of memory that this process has to itself. */
function privateBytes(): number {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) * 1024;
}

kvmTest('reads and writes go across slots that touch', (t) => {
  const memory = guestMemory(t);
  memory.add({ gpa: 0, size: 0x1000 });
  memory.add({ gpa: 0x2000, size: 0x1000 });
  memory.add({ gpa: 0x1000, size: 0x1000 });
  const bytes = Uint8Array.from({ length: 0x2002 }, (_, index) => index * 7);
  memory.write(0xfff, bytes.subarray(0, 0x1002));
  t.deepEqual(memory.read(0xfff, 0x1002), bytes.subarray(0, 0x1002));
  t.is(memory.slots[1]!.bytes[0], bytes[0x1001]);
  t.is(memory.slotAt(0x1fff)?.slot, 2);
  t.is(memory.slotAt(0x3000), undefined);
});

kvmTest('what lies outside is refused with its address, and nothing is written', (t) => {
  const memory = guestMemory(t);
  memory.add({ gpa: 0x1000, size: 0x1000 });
  memory.add({ gpa: 0x3000, size: 0x1000 });
  const refused = (run: () => void) => {
    const error = t.throws(run, { instanceOf: KvmtraceError });
    t.true(isOneSentence(error.message), error.message);
    return /^Guest memory has nothing at (0x[0-9a-f]+) /.exec(error.message)?.[1];
  };
  t.is(
    refused(() => memory.read(0xfff, 1)),
    '0xfff',
  );
  t.is(
    refused(() => memory.read(0x1ff0, 0x20)),
    '0x2000',
  );
  t.is(
    refused(() => {
      memory.write(0x3ffc, new Uint8Array(8).fill(1));
    }),
    '0x4000',
  );
  t.deepEqual([...memory.read(0x3ffc, 4)], [0, 0, 0, 0]);
  t.is(memory.read(0x9999, 0).length, 0);
});

kvmTest('reading back gives what was written, wherever it fits', (t) => {
  const memory = guestMemory(t);
  memory.add({ gpa: 0, size: 0x2000 });
  memory.add({ gpa: 0x2000, size: 0x2000, fill: Uint8Array.of(0xf4) });
  fc.assert(
    fc.property(fc.nat(0x4000), fc.uint8Array({ maxLength: 300 }), (gpa, bytes) => {
      fc.pre(gpa + bytes.length <= 0x4000);
      memory.write(gpa, bytes);
      t.true(Buffer.from(memory.read(gpa, bytes.length)).equals(bytes));
    }),
  );
});

kvmTest('slots that cannot be are refused before KVM sees them', (t) => {
  const memory = guestMemory(t);
  const add = (gpa: number, size: number) =>
    t.throws(() => memory.add({ gpa, size }), { instanceOf: KvmtraceError }).message;
  for (const [gpa, size] of [
    [0, 0],
    [0, 100],
    [1, 0x1000],
    [0, -4096],
    [-4096, 4096],
    [0, 5 * GIB],
  ] as const) {
    const message = add(gpa, size);
    t.true(isOneSentence(message), message);
  }
  memory.add({ gpa: 0, size: 0x1000 });
  const overlap = t.throws(() => memory.add({ gpa: 0, size: 0x2000 }), {
    instanceOf: SyscallError,
  });
  t.is(overlap.code, 'EEXIST');
  t.is(memory.slots.length, 1);
});

kvmTest('flags: dirty logging and read-only', (t) => {
  const memory = guestMemory(t);
  t.is(memory.add({ gpa: 0, size: 0x1000, logDirty: true }).flags, MEM.KVM_MEM_LOG_DIRTY_PAGES);
  t.is(memory.add({ gpa: 0x1000, size: 0x1000, readonly: true }).flags, MEM.KVM_MEM_READONLY);
  t.is(memory.add({ gpa: 0x2000, size: 0x1000, slot: 7 }).slot, 7);
  t.is(memory.add({ gpa: 0x3000, size: 0x1000 }).slot, 8);
});

kvmTest('3 GiB in a slot, and another above 4 GiB, filled without costing that', (t) => {
  const memory = guestMemory(t);
  const before = privateBytes();
  const low = memory.add({ gpa: 0, size: 3 * GIB, fill: Uint8Array.of(0xf4) });
  const high = memory.add({ gpa: 4 * GIB, size: 3 * GIB, fill: Uint8Array.of(1, 2, 3, 4) });
  t.is(low.bytes[3 * GIB - 1], 0xf4);
  t.deepEqual([...high.bytes.subarray(3 * GIB - 5)], [4, 1, 2, 3, 4]);
  t.is(high.words[(3 * GIB) / 4 - 1], 0x04030201);
  memory.write(7 * GIB - 2, Uint8Array.of(9, 8));
  t.deepEqual([...memory.read(7 * GIB - 4, 4)], [1, 2, 9, 8]);
  t.is(low.bytes[3 * GIB - 1], 0xf4, 'written pages are copies');
  t.true(privateBytes() - before < 64 * 2 ** 20, `${privateBytes() - before} bytes`);
});

kvmTest('a fill pattern must fit into 2 MiB a whole number of times', (t) => {
  const memory = guestMemory(t);
  const add = (fill: Uint8Array) => () => memory.add({ gpa: 0, size: 0x40_0000, fill });
  t.throws(add(new Uint8Array(3)), { message: /not 3/ });
  t.throws(add(new Uint8Array(0)), { message: /not 0/ });
  const small = memory.add({ gpa: 0, size: 0x1000, fill: Uint8Array.of(5, 6) });
  t.deepEqual([...small.bytes.subarray(0xffe)], [5, 6]);
});

kvmTest('after the VM is closed its memory reads as zero', (t) => {
  const memory = guestMemory(t);
  const slot = memory.add({ gpa: 0, size: 0x1000, fill: Uint8Array.of(1) });
  memory[Symbol.dispose]();
  t.is(slot.bytes[0], 0);
  t.deepEqual(memory.slots, []);
});
