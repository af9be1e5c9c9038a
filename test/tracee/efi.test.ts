import { kvmTest } from '../helpers/kvm.js';
import { code } from '../kvm/guest-code.js';
import { openTracee, run } from './open.js';

/**
 * What a UEFI loader does with a tracee: copies the sections of an image to where it wants to be,
 * gives it heap and stack behind, passes the image handle and the system table, which lies in
 * the table of trampolines, and follows it step by step until it leaves.
 */
const IMAGE_BASE = 0x40_0000;
const TEXT = 0x1000;
const DATA = 0x2000;
const IMAGE_BYTES = 0x3000;
const HEAP_AND_STACK_BYTES = 0x1_0000;

const IMAGE_HANDLE = 0x8000_0000n;
const SYSTEM_TABLE = 0xff00_0000n;

const CODE_SECTION = code`
  55                 push rbp
  48 89 e5           mov rbp, rsp
  48 83 ec 20        sub rsp, 0x20
  89 0d f2 0f 00 00  mov [rip + 0xff2], ecx     ; the image handle, into .data
  ff 52 40           call [rdx + 0x40]          ; a service of the system table
  48 83 c4 20        add rsp, 0x20
  5d                 pop rbp
  c3                 ret
`;
/** Offsets of the instructions, from which the steps go. */
const AFTER = { call: 17, add: 21, pop: 22 };

kvmTest('an image is placed, called and followed through a service of the table', (t) => {
  const tracee = openTracee(t);
  tracee.write(IMAGE_BASE, new Uint8Array(IMAGE_BYTES + HEAP_AND_STACK_BYTES));
  tracee.write(IMAGE_BASE + TEXT, CODE_SECTION);
  const top = BigInt(IMAGE_BASE + IMAGE_BYTES + HEAP_AND_STACK_BYTES - 16);
  // When it returns it must halt: there are hlts at the top of the stack, and it returns to them.
  tracee.writeWord(top, 0xf4f4_f4f4_f4f4_f4f4n);
  const stack = top - 8n;
  tracee.writeWord(stack, top);
  const entry = BigInt(IMAGE_BASE + TEXT);
  const rbp = 0x3afe_f00d_d00d_feedn;
  tracee.setRegs({ rip: entry, rsp: stack, rbp, rcx: IMAGE_HANDLE, rdx: SYSTEM_TABLE });

  tracee.singleStep(true);
  for (const offset of [1, 4, 8, 14]) {
    t.is(run(tracee), 'ExitDebug');
    t.is(tracee.getIPtr(), entry + BigInt(offset));
  }
  const handle = tracee.read(IMAGE_BASE + DATA, 4);
  t.is(new DataView(handle.buffer).getUint32(0, true), Number(IMAGE_HANDLE));

  t.is(run(tracee), 'ExitDebug');
  t.is(tracee.getIPtr(), 0xffff_c3f4n, 'in the service, at its hlt');
  // The loader would now do what the service does; its hlt is left out, its ret is not.
  tracee.setRegs({ rip: tracee.getIPtr() + 1n, rax: 0n });
  tracee.singleStep(true);
  for (const offset of [AFTER.call, AFTER.add, AFTER.pop]) {
    t.is(run(tracee), 'ExitDebug');
    t.is(tracee.getIPtr(), entry + BigInt(offset));
  }
  t.is(tracee.getRegs().rbp, rbp);
  tracee.singleStep(false);
  t.is(run(tracee), 'ExitHalt');
  t.is(tracee.getIPtr(), top + 1n, 'on the stack');
  t.is(tracee.getRegs().rsp, top);
});
