import test from 'ava';
import fc from 'fast-check';
import { CPUIDEntry, CPUIDInfo } from '../../src/tracee/cpuid.js';
import { withoutHostApicId } from '../../src/kvm/cpuid.js';

const int = fc.nat(0xffff_ffff);
const entry = fc.record({
  ...{ function: int, index: int, flags: int },
  ...{ eax: int, ebx: int, ecx: int, edx: int },
});

test('printed as strace does, a line for each entry', (t) => {
  const info = new CPUIDInfo([
    new CPUIDEntry({ eax: 0xd, ebx: 0x6874_7541, ecx: 0x444d_4163, edx: 0x6974_6e65 }),
    new CPUIDEntry({ function: 0x8000_0001, index: 1, flags: 1 }),
  ]);
  t.is(
    info.toString(),
    `{nent=2, entries=[
{function=0, index=0, flags=0, eax=0xd, ebx=0x68747541, ecx=0x444d4163, edx=0x69746e65},
{function=0x80000001, index=0x1, flags=0x1, eax=0, ebx=0, ecx=0, edx=0}
]}`,
  );
});

test('a table of any entries is decoded again', (t) => {
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
      const info = new CPUIDInfo(entries.map((values) => new CPUIDEntry(values)));
      const bytes = info.encode();
      t.is(bytes.length, 8 + 40 * entries.length);
      t.is(info.nent, entries.length);
      t.deepEqual(CPUIDInfo.decode(bytes), info);
    }),
    { numRuns: 30 },
  );
});

test('a table with fewer bytes than its count says is refused', (t) => {
  const bytes = new CPUIDInfo([new CPUIDEntry(), new CPUIDEntry()]).encode();
  t.throws(() => CPUIDInfo.decode(bytes.subarray(0, 60)), { message: /of 2 entries has 88 bytes/ });
  t.throws(() => CPUIDInfo.decode(bytes.subarray(0, 4)), { message: /only 4 were given/ });
});

test('the id of the host CPU is taken out, everything else stays', (t) => {
  const ones = { eax: 0xffff_ffff, ebx: 0xffff_ffff, ecx: 0xffff_ffff, edx: 0xffff_ffff };
  const cleared = (leaf: number) => {
    const [only] = withoutHostApicId([new CPUIDEntry({ function: leaf, ...ones }).toKernel()]);
    return CPUIDEntry.fromKernel(only!);
  };
  t.deepEqual(cleared(1), new CPUIDEntry({ function: 1, ...ones, ebx: 0x00ff_ffff }));
  for (const leaf of [0x0b, 0x1f]) {
    t.deepEqual(cleared(leaf), new CPUIDEntry({ function: leaf, ...ones, edx: 0 }));
  }
  t.deepEqual(cleared(7), new CPUIDEntry({ function: 7, ...ones }));
});
