import { readFileSync } from 'node:fs';
import { KvmtraceError } from '../../src/base/errors.js';
import { SyscallError } from '../../src/kvm/libc.js';
import { PageTableBase } from '../../src/tracee/constants.js';
import { kvmTest } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';
import { openTracee } from './open.js';

const MIB = 2 ** 20;

/** Bytes of memory that this process has, its share of shared memory included. */
function processBytes(): { resident: number; share: number } {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8');
  const field = (name: string) =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)![1]);
  return { resident: field('Rss'), share: field('Pss') };
}

kvmTest('2 GiB full of hlt cost next to nothing', (t) => {
  const before = processBytes();
  const tracee = openTracee(t);
  const after = processBytes();
  t.true(after.share - before.share < 32 * MIB, `${after.share - before.share} bytes`);
  t.true(after.resident - before.resident < 64 * MIB, `${after.resident - before.resident} bytes`);
  for (const gpa of [0, 0x10_0000, 0x3fff_ffff, 0x7fff_ffff]) t.is(tracee.read(gpa, 1)[0], 0xf4);
  t.is(tracee.regions[0]!.data.length, 2 ** 31);
});

kvmTest('2 MiB written at 0x6000 come back, and nothing else has changed', (t) => {
  const tracee = openTracee(t);
  const bytes = Uint8Array.from({ length: 2 * MIB }, (_, index) => index);
  tracee.write(0x6000, bytes);
  t.true(Buffer.from(tracee.read(0x6000, bytes.length)).equals(bytes));
  t.is(tracee.read(0x5fff, 1)[0], 0xf4);
  t.is(tracee.read(0x6000 + 2 * MIB, 1)[0], 0xf4);
});

kvmTest('words of 64 bits at any address, given as number or bigint', (t) => {
  const tracee = openTracee(t);
  tracee.writeWord(0x8086, 0x700d_dead_feed_beefn);
  t.is(tracee.readWord(0x8086n), 0x700d_dead_feed_beefn);
  t.deepEqual([...tracee.read(0x8086, 2)], [0xef, 0xbe]);
  tracee.writeWord(0x8087n, -1n);
  t.is(tracee.readWord(0x8087), 2n ** 64n - 1n);
});

kvmTest('reads and writes reach every slot', (t) => {
  const tracee = openTracee(t);
  for (const gpa of [0x7fff_fff8, 0xff00_0000, 0xff3f_fff8, 0xffff_fff8]) {
    tracee.writeWord(gpa, 0x1234n);
    t.is(tracee.readWord(gpa), 0x1234n);
  }
  t.is(tracee.readWord(0xff40_0000), 0xffff_c3f4n);
  t.is(tracee.read(0xff3f_fffc, 8).length, 8, 'across two slots');
});

kvmTest('what lies outside is refused with its address', (t) => {
  const tracee = openTracee(t);
  const refused = (use: () => unknown) => {
    const error = t.throws(use, { instanceOf: KvmtraceError });
    t.is(error.exitCode, 2);
    t.true(isOneSentence(error.message), error.message);
    return error.message;
  };
  t.regex(
    refused(() => tracee.read(0x8000_0000, 1)),
    /0x80000000/,
  );
  t.regex(
    refused(() => tracee.readWord(0x7fff_fff9)),
    /0x80000000/,
  );
  t.regex(
    refused(() => {
      tracee.write(0xff80_0000, new Uint8Array(1));
    }),
    /0xff800000/,
  );
  t.regex(
    refused(() => tracee.readWord(0xffff_fff9)),
    /0x100000000/,
  );
  t.regex(
    refused(() => tracee.read(2n ** 64n - 1n, 1)),
    /0xffffffffffffffff/,
  );
  t.regex(
    refused(() => tracee.read(-1, 1)),
    /-1/,
  );
  t.regex(
    refused(() => tracee.read(0.5, 1)),
    /0\.8|0\.5/,
  );
  t.regex(
    refused(() => tracee.read(0, -1)),
    /-1 is no length/,
  );
});

kvmTest(
  'the upper half of tab is read-only for write, and all of a write or nothing is done',
  (t) => {
    const tracee = openTracee(t);
    const error = t.throws(
      () => {
        tracee.write(0xff3f_fffe, Uint8Array.of(1, 2, 3));
      },
      { instanceOf: KvmtraceError },
    );
    t.regex(error.message, /read-only at 0xff400000/);
    t.deepEqual([...tracee.read(0xff3f_fffe, 2)], [0, 0]);
    t.throws(
      () => {
        tracee.writeWord(0xff7f_fff8, 0n);
      },
      { message: /read-only at 0xff7ffff8/ },
    );
  },
);

kvmTest('tab is the memory at 0xff000000 itself', (t) => {
  const tracee = openTracee(t);
  const { tab } = tracee;
  t.is(tab.length, 8 * MIB);
  tab[0x1234] = 0x77;
  t.is(tracee.read(0xff00_1234, 1)[0], 0x77);
  tracee.write(0xff00_0008, Uint8Array.of(9));
  t.is(tab[8], 9);
  t.deepEqual([...tab.subarray(8 * MIB - 8)], [0xf4, 0xc3, 0xff, 0xff, 0, 0, 0, 0]);
});

kvmTest('page tables map the first 4 GiB onto themselves, accessed and dirty already', (t) => {
  const tracee = openTracee(t);
  const ACCESSED_AND_DIRTY = 0x60n;
  const entry = (table: bigint, index: number) => {
    const value = tracee.readWord(table + BigInt(8 * index));
    t.is(value & 1n, 1n);
    t.is(value & ACCESSED_AND_DIRTY, ACCESSED_AND_DIRTY);
    return value;
  };
  const pdpt = entry(BigInt(PageTableBase), 0) & ~0xfffn;
  t.is(pdpt, 0xffff_1000n);
  for (let gigabyte = 0; gigabyte < 4; gigabyte++) {
    const directory = entry(pdpt, gigabyte) & ~0xfffn;
    for (const page of [0, 1, 511]) {
      t.is(entry(directory, page), (BigInt(gigabyte * 512 + page) << 21n) | 0xe3n);
    }
  }
  t.is(tracee.read(PageTableBase + 0x6000, 1)[0], 0xf4);
  t.like(tracee.translate(0xdead_b000n), { physicalAddress: 0xdead_b000n, valid: 1, writeable: 1 });
});

kvmTest('memory is added in a slot of its own, and not over what is there', (t) => {
  const tracee = openTracee(t);
  const overlap = t.throws(() => tracee.mem(new Uint8Array(2 * MIB), 0), {
    instanceOf: SyscallError,
  });
  t.regex(overlap.message, /^KVM_SET_USER_MEMORY_REGION: file already exists \(EEXIST\)$/);
  const region = tracee.mem(new Uint8Array(4096).fill(0x5a), 0x8000_0000);
  t.deepEqual([region.slot, region.gpa], [4, 0x8000_0000n]);
  t.is(tracee.readWord(0x7fff_fffcn), 0x5a5a_5a5a_f4f4_f4f4n);
  region.data[0] = 1;
  t.is(tracee.read(0x8000_0000, 1)[0], 1);
  t.is(tracee.regions.at(-1), region);
});
