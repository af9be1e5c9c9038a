import { Code, Decoder, DecoderOptions, type Instruction } from 'iced-x86';
import { SyscallError } from '../../src/kvm/libc.js';
import { ExitDebug, ExitHlt, ExitIo, ExitMmio, ExitShutdown } from '../../src/tracee/exit.js';
import { noSigInfo } from '../../src/tracee/sig-info.js';
import type { Tracee } from '../../src/tracee/tracee.js';
import { kvmKind, kvmTest } from '../helpers/kvm.js';
import { code } from '../kvm/guest-code.js';
import { openTracee, prepare, run, STACK, START } from './open.js';

/** The instruction at rip. */
function instruction(tracee: Tracee): Instruction {
  const decoder = new Decoder(64, tracee.read(tracee.getIPtr(), 15), DecoderOptions.None);
  return decoder.decode();
}

kvmTest('untouched memory halts, again and again', (t) => {
  const tracee = openTracee(t);
  t.deepEqual(tracee.event(), noSigInfo(), 'nothing has happened yet');
  t.is(tracee.exit(), undefined);
  for (let count = 1n; count <= 16n; count++) {
    t.is(run(tracee), 'ExitHalt');
    t.is(tracee.vmRun().toString(), 'ExitHalt');
    t.is(tracee.getIPtr(), 0x10_0000n + count);
  }
});

kvmTest('the instruction at rip can be read and decoded', (t) => {
  const tracee = openTracee(t);
  tracee.run();
  t.is(instruction(tracee).code, Code.Hlt);
});

kvmTest('the event is a siginfo of the exit', (t) => {
  const tracee = openTracee(t);
  const before = BigInt(Math.floor(Date.now() / 1000));
  tracee.run();
  const event = tracee.event();
  t.like(event, { trapno: ExitHlt, code: ExitHlt, addr: 0x10_0001n, callAddr: 0x10_0001n });
  t.true(event.utime >= before && event.stime === event.utime);
  const rest = { ...event, trapno: 0, code: 0, addr: 0n, callAddr: 0n, utime: 0n, stime: 0n };
  t.deepEqual(rest, noSigInfo());
  t.deepEqual(tracee.getSigInfo(), event);
  event.trapno = 99;
  t.is(tracee.event().trapno, ExitHlt, 'a copy');
});

kvmTest('a call through a pointer', (t) => {
  const tracee = openTracee(t);
  const program = code`
    ff 90 98 00 00 00  call [rax + 0x98]
    f4                 hlt
  `;
  const pointer = 0x1_00a0n;
  prepare(tracee, program, { rip: 0x1_0000n, rsp: 0x8000n, rax: 0x1_0000n });
  tracee.writeWord(0x1_0098, pointer);
  tracee.write(pointer, code`c3  ret`);
  t.is(run(tracee), 'ExitHalt');
  t.like(tracee.event(), { trapno: ExitHlt, addr: 0x1_0007n });
  t.is(tracee.readWord(0x7ff8), 0x1_0006n, 'the return address');
  t.is(tracee.getRegs().rsp, 0x8000n);
});

kvmTest('push and pop', (t) => {
  const tracee = openTracee(t);
  const rbp = 0x3afe_f00d_d00d_feedn;
  const program = code`
    55        push rbp
    48 89 e5  mov rbp, rsp
    59        pop rcx
    f4        hlt
  `;
  prepare(tracee, program, { rbp });
  t.is(run(tracee), 'ExitHalt');
  t.is(tracee.event().callAddr, START + 6n);
  t.like(tracee.getRegs(), { rsp: STACK, rcx: rbp, rbp: STACK - 8n });
  t.is(tracee.readWord(STACK - 8n), rbp);
});

kvmTest('a call through memory that is not there is an MMIO exit at the call', (t) => {
  const tracee = openTracee(t);
  const program = code`
    48 b8 00 00 00 ef 00 00 00 00  mov rax, 0xef000000
    ff 10                          call [rax]
    f4                             hlt
  `;
  prepare(tracee, program, { rcx: 0x8000_0000n, rdx: 0x8001_0000n });
  t.is(run(tracee), 'ExitMmio');
  t.like(tracee.event(), { trapno: ExitMmio, addr: 0xef00_0000n, callAddr: START + 10n });
  t.is(instruction(tracee).code, Code.Call_rm64);
});

kvmTest('a load from memory that is not there is an MMIO exit, and gets what one fills in', (t) => {
  const tracee = openTracee(t);
  const program = code`
    48 a1 00 00 00 ef 00 00 00 00  mov rax, [0xef000000]
    f4                             hlt
  `;
  prepare(tracee, program);
  t.is(run(tracee), 'ExitMmio');
  t.like(tracee.exit(), { kind: 'mmio', direction: 'read', gpa: 0xef00_0000n });
  t.is(instruction(tracee).code, Code.Mov_RAX_moffs64);
  tracee.vcpu.run.mmioData().set([1, 2, 3, 4, 5, 6, 7, 8]);
  t.is(run(tracee), 'ExitHalt');
  t.is(tracee.getRegs().rax, 0x0807_0605_0403_0201n);
});

kvmTest('port I/O: the address of the event is the port', (t) => {
  const tracee = openTracee(t);
  prepare(
    tracee,
    code`
    b0 41     mov al, 'A'
    e6 e9     out 0xe9, al
    f4        hlt
  `,
  );
  t.is(run(tracee), 'ExitIo');
  t.like(tracee.event(), { trapno: ExitIo, addr: 0xe9n });
  t.like(tracee.exit(), { kind: 'io', direction: 'out', data: Uint8Array.of(0x41) });
  t.is(run(tracee), 'ExitHalt');
});

kvmTest('the time stamp counter runs', (t) => {
  const tracee = openTracee(t);
  const program = code`
    0f 31     rdtsc
    f4        hlt
  `;
  prepare(tracee, program);
  t.is(run(tracee), 'ExitHalt');
  t.is(tracee.event().callAddr, START + 3n);
  const { rax, rdx } = tracee.getRegs();
  t.true(((rdx << 32n) | rax) > 0n);
});

kvmTest('single step stops after each instruction until it is off', (t) => {
  const tracee = openTracee(t);
  prepare(
    tracee,
    code`
    90        nop
    48 ff c0  inc rax
    90        nop
    f4        hlt
  `,
  );
  tracee.singleStep(true);
  for (const offset of [1n, 4n]) {
    t.is(run(tracee), 'ExitDebug');
    t.like(tracee.event(), { trapno: ExitDebug, addr: START + offset, callAddr: START + offset });
  }
  tracee.singleStep(false);
  t.is(run(tracee), 'ExitHalt');
  t.is(tracee.getIPtr(), START + 6n);
});

kvmTest('an exception without an IDT is a shutdown', (t) => {
  const tracee = openTracee(t);
  const sregs = tracee.vcpu.getSregs();
  sregs.idt.limit = 0;
  tracee.vcpu.setSregs(sregs);
  prepare(tracee, code`0f 0b  ud2`);
  t.is(run(tracee), 'ExitShutdown');
  // On AMD's processors a shutdown leaves the vCPU as a reset does (Linux, shutdown_interception).
  const addr = kvmKind === 'svm' ? 0xfff0n : START;
  t.like(tracee.event(), { trapno: ExitShutdown, addr });
});

kvmTest('an exit that is not in the event keeps all that KVM said', (t) => {
  const tracee = openTracee(t);
  prepare(tracee, new Uint8Array(0), { rip: 0xe000_0000n });
  t.is(run(tracee), 'ExitInternalError');
  t.is(tracee.event().addr, 0xe000_0000n);
  t.like(tracee.exit(), { kind: 'internal-error', suberror: 1 });
});

kvmTest('a pending immediate exit is no error: the event is ExitIntr', (t) => {
  const tracee = openTracee(t);
  tracee.vcpu.run.immediateExit = true;
  t.is(run(tracee), 'ExitIntr');
  t.deepEqual(tracee.exit(), { kind: 'intr' });
  t.is(tracee.getIPtr(), 0x10_0000n);
  tracee.vcpu.run.immediateExit = false;
  t.is(run(tracee), 'ExitHalt');
});

kvmTest('when KVM_RUN fails, run throws', (t) => {
  const tracee = openTracee(t);
  const BAD_REGISTERS = 1 << 30;
  tracee.vcpu.run.validRegs = BAD_REGISTERS;
  const error = t.throws(
    () => {
      tracee.run();
    },
    { instanceOf: SyscallError },
  );
  t.regex(error.message, /^KVM_RUN: .*EINVAL/);
});
