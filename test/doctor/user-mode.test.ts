/** Recordings that reach 64-bit user mode: they go on where KVM steps it, and end before it elsewhere. */
import { Kvm } from '../../src/kvm/kvm.js';
import { canStepUserMode } from '../../src/doctor/user-step.js';
import { recordListing, type Guest } from '../helpers/guest.js';
import { kvmTest } from '../helpers/kvm.js';

/** Null, kernel code and data, 64-bit user code (0x1b), user data (0x23), 32-bit user code (0x2b). */
const GDT = BigUint64Array.of(
  ...[0n, 0x00af9b000000ffffn, 0x00cf93000000ffffn],
  ...[0x00affb000000ffffn, 0x00cff3000000ffffn, 0x00cffb000000ffffn],
);

/** The operand of LGDT: limit 47, base 0x3010. */
const POINTER = Uint8Array.of(47, 0, 0x10, 0x30, 0, 0, 0, 0, 0, 0);

/** Lets user mode into the boot page tables, then returns to `selector` at 1100. */
function guest(selector: string): Guest {
  return {
    mode: 'long',
    listing: `
      1000  0f 01 14 25 00 30 00 00   lgdt [0x3000]
      1008  bf 00 00 ff ff            mov edi, 0xffff0000
      100d  80 0f 04                  or byte ptr [rdi], 4
      1010  80 8f 00 10 00 00 04      or byte ptr [rdi+0x1000], 4
      1017  80 8f 00 20 00 00 04      or byte ptr [rdi+0x2000], 4
      101e  0f 20 d8                  mov rax, cr3
      1021  0f 22 d8                  mov cr3, rax
      1024  6a 23                     push 0x23
      1026  68 00 80 00 00            push 0x8000
      102b  6a 02                     push 2
      102d  6a ${selector}                     push 0x${selector}
      102f  68 00 11 00 00            push 0x1100
      1034  48 cf                     iretq
      1100  b8 07 00 00 00            mov eax, 7
      1105  90                        nop
      1106  0f 0b                     ud2
    `,
    data: [
      { at: 0x3000, bytes: POINTER },
      { at: 0x3010, bytes: new Uint8Array(GDT.buffer) },
    ],
  };
}

const KERNEL = [
  ...[0x1000n, 0x1008n, 0x100dn, 0x1010n, 0x1017n, 0x101en, 0x1021n, 0x1024n],
  ...[0x1026n, 0x102bn, 0x102dn, 0x102fn],
];
const USER = [0x1034n, 0x1100n, 0x1105n];

function stepsUserMode(): boolean {
  using kvm = Kvm.open();
  return canStepUserMode(kvm);
}

kvmTest('IRETQ to 64-bit user mode: stepped on, or the end with the way out', async (t) => {
  const { result, rows } = await recordListing(guest('1b'));
  const found = rows.steps.map(({ rip }) => rip);
  if (stepsUserMode()) {
    t.deepEqual(found, [...KERNEL, ...USER]);
    t.is(result.stopReason, 'shutdown');
    return;
  }
  t.log('this KVM does not step 64-bit user mode: only the end of the recording is tested');
  t.deepEqual(found, KERNEL);
  t.is(result.stopReason, 'internal-error');
  t.true(result.crashed);
  t.regex(result.detail, /^`iretq` \(48 cf\) at 0x1034 enters user mode at 0x1100, .*VMX or SVM/);
  t.notRegex(result.detail, /\n|\. [A-Z]/);
});

kvmTest('IRETQ to 32-bit user mode is stepped everywhere', async (t) => {
  const { result, rows } = await recordListing(guest('2b'));
  t.deepEqual(
    rows.steps.map(({ rip }) => rip),
    [...KERNEL, ...USER],
  );
  t.is(result.stopReason, 'shutdown');
});

kvmTest('whether user mode can be stepped is told in milliseconds', (t) => {
  using kvm = Kvm.open();
  canStepUserMode(kvm);
  const start = performance.now();
  canStepUserMode(kvm);
  // Some 10 ms here; only a hang or a run through all of memory would take this long.
  t.true(performance.now() - start < 2000);
});
