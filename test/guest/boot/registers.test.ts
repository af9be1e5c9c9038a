import test from 'ava';
import { kvmSregs } from '../../../src/kvm/abi/registers.js';
import { bootRegisters } from '../../../src/guest/boot/registers.js';
import { applyBootSregs } from '../../../src/guest/boot/sregs.js';
import { loadGuestBytes, type LoadOptions } from '../../../src/guest/formats/load.js';

const boot = (options: LoadOptions, size = 16) => {
  const { image, layout } = loadGuestBytes('x', new Uint8Array(size), options);
  const sregs = kvmSregs.allocate();
  applyBootSregs(sregs, image);
  return { ...bootRegisters(image, layout), cs: sregs.cs, sregs };
};

test('long mode starts at the entry with the stack at the top of memory', (t) => {
  const { rip, rsp, rflags } = boot({ mode: 'long', memory: 16 * 1024 ** 2, entry: 0x100003n });
  t.deepEqual({ rip, rsp, rflags }, { rip: 0x100003n, rsp: 0x1000000n, rflags: 2n });
});

test('the stack stays below the hole under 4 GiB', (t) => {
  t.is(boot({ mode: 'protected', memory: 5 * 1024 ** 3 }).rsp, 0xc0000000n);
});

test('real mode starts at 0:entry as far as that reaches', (t) => {
  const low = boot({ mode: 'real' });
  t.like(low, { rip: 0x7c00n, rsp: 0x7c00n });
  t.is(low.cs.selector, 0);
  const high = boot({ mode: 'real', load: 0x12345n });
  t.is(high.rip, 5n);
  t.is(high.cs.selector, 0x1234);
  t.is(high.cs.base, 0x12340n);
  t.is(boot({ mode: 'real', load: 0xffff0n, entry: 0xffff8n }).cs.selector, 0xffff);
});

test('the stack of real mode avoids the image', (t) => {
  const stacks: [bigint, number, bigint][] = [
    [0x7c00n, 512, 0x7c00n],
    [0x7c05n, 512, 0x7c00n],
    [0x1000n, 512, 0x1000n],
    [0n, 512, 0x7000n],
    [0x500n, 0x6000, 0xfff0n],
    [0n, 0x7000, 0xfff0n],
    [0x10000n, 512, 0x7000n],
    [0n, 0x10000, 0x7000n],
  ];
  for (const [load, size, rsp] of stacks) {
    t.is(boot({ mode: 'real', load }, size).rsp, rsp, `${load} + ${size}`);
  }
});

test('what KVM had before does not shine through, but for the APIC base', (t) => {
  const dirty = kvmSregs.over(new Uint8Array(kvmSregs.sizeBytes).fill(0xff));
  const clean = kvmSregs.allocate({ apicBase: 0xffff_ffff_ffff_ffffn });
  for (const sregs of [dirty, clean]) applyBootSregs(sregs, { mode: 'long', entry: 0x1000n });
  for (const name of ['cs', 'ss', 'tr', 'ldt'] as const) {
    t.deepEqual(dirty[name].bytes.slice(0, -1), clean[name].bytes.slice(0, -1), name);
  }
  t.is(dirty.gdt.base, clean.gdt.base);
  t.deepEqual(dirty.interruptBitmap, clean.interruptBitmap);
  t.is(dirty.cr8, 0n);
  t.is(dirty.apicBase, clean.apicBase);
});
