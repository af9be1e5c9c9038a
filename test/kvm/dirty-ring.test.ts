import test from 'ava';
import { GUESTDBG } from '../../src/kvm/abi/debug.js';
import { kvmDirtyGfn } from '../../src/kvm/abi/memory.js';
import { DirtyRing } from '../../src/kvm/dirty-ring.js';
import { kvmKind, kvmTest } from '../helpers/kvm.js';
import { code } from './guest-code.js';
import { realMode } from './real-mode.js';

const SINGLE_STEP = GUESTDBG.KVM_GUESTDBG_ENABLE | GUESTDBG.KVM_GUESTDBG_SINGLESTEP;

const TWO_PAGES = code`
  a2 00 30  mov [0x3000], al
  a2 01 30  mov [0x3001], al
  a2 00 40  mov [0x4000], al
  f4        hlt
`;

/**
 * Page 1 has the code. A KVM with nested paging maps a page that it may write to as writable when the
 * guest first reads it, and tells of it then (make_spte).
 */
const READ_AT_FIRST = kvmKind === 'software' ? [] : [0, 1];

kvmTest('a written page is told, and told again after a reset', (t) => {
  const { vm, vcpu } = realMode(t, TWO_PAGES, { dirty: 'ring' });
  const ring = vcpu.dirtyRing!;
  t.is(ring.entries, vm.dirtyRingEntries);
  const pages = new Float64Array(16);
  const step = () => {
    t.is(vcpu.enter(), 0);
    const count = ring.harvest(pages);
    return [...pages.subarray(0, 2 * count)];
  };
  vcpu.setGuestDebug(SINGLE_STEP);
  t.deepEqual(step(), [...READ_AT_FIRST, 0, 3]);
  // Whether a second write to it is told before the reset depends on who makes it.
  const again = step().length / 2;
  t.true(again <= 1);
  t.is(vm.resetDirtyRings(), 1 + again + READ_AT_FIRST.length / 2);
  t.deepEqual(step(), [0, 4]);
  t.is(vm.resetDirtyRings(), 1);
  const regs = vcpu.getRegs();
  regs.rip = 0x1000n;
  vcpu.setRegs(regs);
  vcpu.setGuestDebug(SINGLE_STEP);
  t.deepEqual(step(), [0, 3], 'told again');
});

kvmTest('a bitmap of dirty pages, where there is no ring', (t) => {
  const { vm, ram, vcpu } = realMode(t, TWO_PAGES, { dirty: 'log' });
  const bitmap = new Uint8Array(ram.size / 4096 / 8);
  vm.getDirtyLog(0, bitmap);
  t.is(vcpu.enter(), 0);
  vm.getDirtyLog(0, bitmap);
  const read = READ_AT_FIRST.length === 0 ? 0 : 0b10;
  t.deepEqual([...bitmap.subarray(0, 2)], [0b0001_1000 | read, 0]);
  vm.getDirtyLog(0, bitmap);
  t.deepEqual([...bitmap.subarray(0, 2)], [0, 0]);
});

/** A ring as KVM would fill it: entry n is page n of slot n. */
function filledRing(entries: number, dirty: number) {
  const buffer = new ArrayBuffer(entries * kvmDirtyGfn.sizeBytes);
  const entry = (n: number) =>
    kvmDirtyGfn.over(new Uint8Array(buffer, n * kvmDirtyGfn.sizeBytes, kvmDirtyGfn.sizeBytes));
  const fill = (n: number) => entry(n).assign({ flags: 1, slot: n, offset: BigInt(n) });
  for (let n = 0; n < dirty; n++) fill(n);
  return { ring: new DirtyRing(buffer), entry, fill };
}

test('harvesting stops when the caller has no more room, and goes on where it stopped', (t) => {
  const { ring, entry } = filledRing(8, 5);
  const into = new Float64Array(6);
  t.is(ring.harvest(into), 3);
  t.deepEqual([...into], [0, 0, 1, 1, 2, 2]);
  t.deepEqual([entry(2).flags, entry(3).flags], [2, 1]);
  t.is(ring.harvest(into), 2);
  t.deepEqual([...into.subarray(0, 4)], [3, 3, 4, 4]);
  t.is(ring.harvest(into), 0);
});

test('a full ring is harvested once around, not for ever', (t) => {
  const { ring, fill, entry } = filledRing(4, 4);
  t.is(ring.harvest(new Float64Array(100)), 4);
  t.is(ring.harvest(new Float64Array(100)), 0);
  fill(0);
  t.is(ring.harvest(new Float64Array(100)), 1);
  t.is(entry(0).flags, 2);
});

test('the address space is not part of the slot, and pages may lie beyond 2^32', (t) => {
  const { ring, entry } = filledRing(2, 0);
  entry(0).assign({ flags: 1, slot: 0x0001_0007, offset: 2n ** 33n + 5n });
  const into = new Float64Array(2);
  t.is(ring.harvest(into), 1);
  t.deepEqual([...into], [7, 2 ** 33 + 5]);
});
