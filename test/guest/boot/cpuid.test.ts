import test from 'ava';
import { kvmCpuidEntry2 } from '../../../src/kvm/abi/cpuid.js';
import { deterministicCpuid } from '../../../src/guest/boot/cpuid.js';
import { Kvm } from '../../../src/kvm/kvm.js';
import { kvmTest } from '../../helpers/kvm.js';

const ONES = { eax: 0xffffffff, ebx: 0xffffffff, ecx: 0xffffffff, edx: 0xffffffff };
const entry = (leaf: number, index = 0) =>
  kvmCpuidEntry2.allocate({ function: leaf, index, ...ONES });

test('APIC ids, mirrors of CR4 and KVM leaves go, all else stays', (t) => {
  const leaves = [0, 1, 7, 0xb, 0x1f, 0x40000000, 0x40000001, 0x80000000, 0x8000001e];
  const kept = deterministicCpuid(leaves.map((leaf) => entry(leaf)));
  const values = kept.map(({ function: leaf, eax, ebx, ecx, edx }) => [leaf, eax, ebx, ecx, edx]);
  const all = 0xffffffff;
  t.deepEqual(values, [
    [0, all, all, all, all],
    [1, all, 0x00ffffff, 0xf7ffffff, all],
    [7, all, all, 0xffffffef, all],
    [0xb, all, all, all, 0],
    [0x1f, all, all, all, 0],
    [0x80000000, all, all, all, all],
    [0x8000001e, 0, 0, 0, all],
  ]);
});

kvmTest('the host answers alike on whatever CPU it is asked', (t) => {
  using kvm = Kvm.open();
  const ask = () => deterministicCpuid(kvm.supportedCpuid()).map(({ bytes }) => bytes);
  const first = ask();
  for (let i = 0; i < 20; i++) t.deepEqual(ask(), first);
});
