import type { Segment } from '../../../src/kvm/abi/registers.js';
import { bootTables } from '../../../src/guest/boot/tables.js';
import { withMachine, type Machine } from './machine.js';
import { kvmTest } from '../../helpers/kvm.js';

/**
 * Loads every segment register again from the boot GDT, where there is one, and touches memory:
 *   mov ax,ds; mov ds,ax; mov es,ax; mov fs,ax; mov gs,ax; mov ss,ax; push ax; hlt
 */
const RELOAD = [
  ...[0x8c, 0xd8, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xe0, 0x8e, 0xe8, 0x8e, 0xd0],
  ...[0x50, 0xf4],
];

function runToHlt({ vcpu }: Machine): void {
  vcpu.enter();
  const { kind } = vcpu.run.exit();
  if (kind !== 'hlt') throw new Error(`the guest stopped with ${kind}`);
}

const plain = ({ bytes }: Segment): number[] => Array.from(bytes);

for (const mode of ['real', 'protected', 'long'] as const) {
  kvmTest(`KVM takes the ${mode} mode state as it is`, (t) => {
    withMachine(mode, RELOAD, ({ vcpu, sregs }) => {
      const seen = vcpu.getSregs();
      for (const name of ['cs', 'ds', 'es', 'fs', 'gs', 'ss', 'tr'] as const) {
        t.deepEqual(plain(seen[name]), plain(sregs[name]), name);
      }
      for (const name of ['cr0', 'cr2', 'cr3', 'cr4', 'cr8', 'efer'] as const) {
        t.is(seen[name], sregs[name], name);
      }
      t.is(seen.gdt.base, sregs.gdt.base);
      t.is(seen.gdt.limit, sregs.gdt.limit);
      t.is(seen.idt.limit, sregs.idt.limit);
    });
  });

  kvmTest(`reloading segments in ${mode} mode changes neither them nor the tables`, (t) => {
    withMachine(mode, RELOAD, (machine) => {
      const before = machine.vcpu.getSregs();
      runToHlt(machine);
      const after = machine.vcpu.getSregs();
      for (const name of ['ds', 'es', 'fs', 'gs', 'ss'] as const) {
        t.deepEqual(plain(after[name]), plain(before[name]), name);
      }
      const tables = bootTables(mode);
      if (tables) t.deepEqual(machine.memory.get('boot-tables'), tables);
    });
  });
}

/** Far returns to 32-bit code and back: push selector; push address; retf. */
kvmTest('long mode reaches 32-bit code through the boot GDT, and comes back', (t) => {
  const code = [
    ...[0x6a, 0x18], // push 0x18
    ...[0x68, 0x09, 0x00, 0x10, 0x00], // push 0x100009
    ...[0x48, 0xcb], // retfq
    ...[0x6a, 0x08], // 100009, 32-bit: push 0x8
    ...[0x68, 0x11, 0x00, 0x10, 0x00], // push 0x100011
    ...[0xcb], // retf
    ...[0x48, 0xff, 0xc0], // 100011, 64-bit: inc rax
    ...[0xf4],
  ];
  withMachine('long', code, (machine) => {
    const before = plain(machine.vcpu.getSregs().cs);
    runToHlt(machine);
    t.is(machine.vcpu.getRegs().rax, 1n);
    t.deepEqual(plain(machine.vcpu.getSregs().cs), before);
    t.deepEqual(machine.memory.get('boot-tables'), bootTables('long'));
  });
});

kvmTest('the stack of long mode starts at the top of memory', (t) => {
  withMachine('long', [0x6a, 0x7f, 0xf4], (machine) => {
    runToHlt(machine);
    t.is(machine.memory.get('ram')![2 * 1024 ** 2 - 8], 0x7f);
  });
});

kvmTest('a plain SSE move is allowed in protected and long mode', (t) => {
  // mov ebx,0x8000; movups xmm0,[ebx]; hlt, the same bytes in both modes
  for (const mode of ['protected', 'long'] as const) {
    withMachine(mode, [0xbb, 0x00, 0x80, 0x00, 0x00, 0x0f, 0x10, 0x03, 0xf4], (machine) => {
      t.notThrows(() => {
        runToHlt(machine);
      });
    });
  }
});

kvmTest('an exception without an IDT is a shutdown', (t) => {
  withMachine('long', [0x0f, 0x0b], ({ vcpu }) => {
    vcpu.enter();
    t.is(vcpu.run.exit().kind, 'shutdown');
  });
});
