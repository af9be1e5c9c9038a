import { constants } from 'node:os';
import type { ExecutionContext } from 'ava';
import type { CpuidEntry2 } from '../../src/kvm/abi/cpuid.js';
import { CAP } from '../../src/kvm/abi/capability.js';
import { GUESTDBG } from '../../src/kvm/abi/debug.js';
import { RUN_OFFSET, SYNC_X86 } from '../../src/kvm/abi/run.js';
import { SyscallError } from '../../src/kvm/libc.js';
import { knownFailureOfQemu, kvmTest, NO_BREAKPOINTS } from '../helpers/kvm.js';
import { code } from './guest-code.js';
import { realMode } from './real-mode.js';

const SINGLE_STEP = GUESTDBG.KVM_GUESTDBG_ENABLE | GUESTDBG.KVM_GUESTDBG_SINGLESTEP;
const BREAKPOINTS = GUESTDBG.KVM_GUESTDBG_ENABLE | GUESTDBG.KVM_GUESTDBG_USE_HW_BP;
const EINTR = -constants.errno.EINTR;

const COUNT = code`
  b9 03 00  mov cx, 3          ; 1000
  40        inc ax             ; 1003
  e2 fd     loop 0x1003        ; 1004
  f4        hlt                ; 1006
`;

/** Enters and expects an exit; the rip that the run page then shows. */
function enter(t: ExecutionContext, machine: ReturnType<typeof realMode>): [string, number] {
  const { vcpu } = machine;
  t.is(vcpu.enter(), 0);
  return [vcpu.run.exit().kind, vcpu.run.words[RUN_OFFSET.rip >> 2]!];
}

kvmTest('single step stops after each instruction, registers in the run page', (t) => {
  const machine = realMode(t, COUNT);
  machine.vcpu.setGuestDebug(SINGLE_STEP);
  const rips = Array.from({ length: 7 }, () => enter(t, machine)[1]);
  t.deepEqual(rips, [0x1003, 0x1004, 0x1003, 0x1004, 0x1003, 0x1004, 0x1006]);
  const { regs } = machine.vcpu.run.fields.s.regs;
  t.is(regs.rax & 0xffffn, 3n);
  t.is(machine.vcpu.run.fields.s.regs.sregs.cs.selector, 0);
  machine.vcpu.setGuestDebug(0);
  t.deepEqual(enter(t, machine), ['hlt', 0x1007]);
});

knownFailureOfQemu(
  NO_BREAKPOINTS,
  'a breakpoint stops before its address until it is removed',
  (t) => {
    const machine = realMode(t, COUNT);
    const { vcpu } = machine;
    vcpu.setBreakpoint(1, 0x1004, 0);
    vcpu.setGuestDebug(BREAKPOINTS);
    t.deepEqual(enter(t, machine), ['debug', 0x1004]);
    const exit = vcpu.run.exit();
    t.is(exit.kind === 'debug' && exit.dr6 & 0xfn, 0b10n);
    vcpu.clearBreakpoints();
    vcpu.setGuestDebug(BREAKPOINTS);
    t.deepEqual(enter(t, machine), ['hlt', 0x1007]);
  },
);

kvmTest('immediate exit runs nothing and returns -EINTR', (t) => {
  const { vcpu } = realMode(t, COUNT);
  vcpu.run.immediateExit = true;
  t.true(vcpu.run.immediateExit);
  t.is(vcpu.enter(), EINTR);
  t.is(vcpu.getRegs().rip, 0x1000n);
});

kvmTest('registers written into the run page are taken at the next entry', (t) => {
  const machine = realMode(t, COUNT);
  const { vcpu } = machine;
  vcpu.run.fields.s.regs.regs = vcpu.getRegs();
  vcpu.run.fields.s.regs.regs.rip = 0x1006n;
  vcpu.run.dirtyRegs = SYNC_X86.KVM_SYNC_X86_REGS;
  t.deepEqual(enter(t, machine), ['hlt', 0x1007]);
});

kvmTest('every part of the state reads back as it was set', (t) => {
  const { vcpu, kvm } = realMode(t, COUNT);
  const regs = vcpu.getRegs();
  regs.assign({ rax: 2n ** 64n - 1n, r15: 0x0123_4567_89ab_cdefn });
  vcpu.setRegs(regs);
  const raw = new Uint8Array(regs.bytes.length);
  vcpu.getRegsRaw(raw);
  t.deepEqual(raw, regs.bytes);
  const sregs = vcpu.getSregs();
  sregs.gs.base = 0x1234n;
  vcpu.setSregs(sregs);
  const rawSregs = new Uint8Array(sregs.bytes.length);
  vcpu.getSregsRaw(rawSregs);
  t.deepEqual(rawSregs, sregs.bytes);
  const fpu = vcpu.getFpu();
  fpu.xmm[5] = 0x77;
  fpu.mxcsr = 0x1f80;
  vcpu.setFpu(fpu);
  t.is(vcpu.getFpu().xmm[5], 0x77);
  const xsave = vcpu.getXsave();
  // XMM0 is at 160 of the area; bit 1 of XSTATE_BV at 512 says that it is there.
  xsave[160] = 0x55;
  xsave[512]! |= 0b10;
  vcpu.setXsave(xsave);
  t.is(vcpu.getXsave()[160], 0x55);
  t.throws(
    () => {
      vcpu.setXsave(new Uint8Array(512));
    },
    { message: /4096 bytes here, not 512/ },
  );
  const xcrs = vcpu.getXcrs();
  t.is(xcrs.xcrs[0]!.value & 1n, 1n);
  vcpu.setXcrs(xcrs);
  const debug = vcpu.getDebugRegs();
  debug.db[2] = 0x4321n;
  vcpu.setDebugRegs(debug);
  t.is(vcpu.getDebugRegs().db[2], 0x4321n);
  const events = vcpu.getVcpuEvents();
  vcpu.setVcpuEvents(events);
  t.is(vcpu.getMpState(), 0);
  vcpu.setMpState(0);
  t.true(vcpu.getTscKhz() > 0);
  const leaf = ({ function: number, index }: CpuidEntry2): string => `${number}:${index}`;
  const supported = kvm.supportedCpuid().map(leaf);
  const given = vcpu.getCpuid2();
  // KVM may drop leaves that are all zero (seen: AMX's under PVM), and changes bits of others.
  t.true(given.length > supported.length / 2);
  t.deepEqual(
    given.map(leaf).filter((each) => !supported.includes(each)),
    [],
  );
});

kvmTest('MSRs: those that KVM has are read, those that it refuses are returned', (t) => {
  const { vcpu } = realMode(t, COUNT);
  const IA32_SYSENTER_CS = 0x174;
  const NO_SUCH_MSR = 0xdead_beef;
  t.deepEqual(vcpu.setMsrs([{ index: IA32_SYSENTER_CS, data: 0x10n }]), []);
  const read = vcpu.getMsrs([NO_SUCH_MSR, IA32_SYSENTER_CS, NO_SUCH_MSR]);
  t.deepEqual(read, [{ index: IA32_SYSENTER_CS, data: 0x10n }]);
  const refused = { index: NO_SUCH_MSR, data: 1n };
  t.deepEqual(vcpu.setMsrs([refused, { index: IA32_SYSENTER_CS, data: 8n }]), [refused]);
  t.is(vcpu.getMsrs([IA32_SYSENTER_CS])[0]!.data, 8n);
});

kvmTest('MSR accesses exit where a filter says so', (t) => {
  const rdmsr = code`
    66 b9 80 00 00 c0  mov ecx, 0xc0000080
    0f 32              rdmsr
    f4                 hlt
  `;
  const machine = realMode(t, rdmsr, {
    beforeVcpu: (vm) => {
      const FILTERED = 4n;
      vm.enableCapability(CAP.KVM_CAP_X86_USER_SPACE_MSR, [FILTERED]);
      vm.setMsrFilter({ byDefault: 'allow', ranges: [{ flags: 1, base: 0xc000_0080, count: 1 }] });
    },
  });
  const { vcpu } = machine;
  t.is(enter(t, machine)[0], 'rdmsr');
  t.like(vcpu.run.exit(), { kind: 'rdmsr', index: 0xc000_0080 });
  vcpu.run.fields.exit.msr.data = 0x1234n;
  t.is(enter(t, machine)[0], 'hlt');
  t.is(vcpu.getRegs().rax & 0xffffn, 0x1234n);
});

kvmTest('an injected vector runs its handler', (t) => {
  const machine = realMode(
    t,
    code`
    fb     sti                 ; 1000
    90     nop                 ; 1001
    eb fd  jmp 0x1001          ; 1002
  `,
  );
  const { vcpu, memory } = machine;
  memory.write(0x40 * 4, Uint8Array.of(0x00, 0x20, 0x00, 0x00));
  memory.write(0x2000, code`f4  hlt`);
  vcpu.setGuestDebug(SINGLE_STEP);
  enter(t, machine);
  enter(t, machine);
  t.is(vcpu.run.bytes[RUN_OFFSET.readyForInterruptInjection], 1);
  t.is(vcpu.run.bytes[RUN_OFFSET.ifFlag], 1);
  vcpu.setGuestDebug(0);
  vcpu.interrupt(0x40);
  t.deepEqual(enter(t, machine), ['hlt', 0x2001]);
});

kvmTest('an NMI runs vector 2', (t) => {
  const machine = realMode(t, code`eb fe  jmp $`);
  const { vcpu, memory } = machine;
  memory.write(2 * 4, Uint8Array.of(0x00, 0x20, 0x00, 0x00));
  memory.write(0x2000, code`f4  hlt`);
  vcpu.nmi();
  t.deepEqual(enter(t, machine), ['hlt', 0x2001]);
});

kvmTest('what else there is to call', (t) => {
  const { vcpu } = realMode(t, COUNT);
  t.like(vcpu.translate(0x1000n), { physicalAddress: 0x1000n, valid: 1 });
  t.notThrows(() => {
    vcpu.setSignalMask([constants.signals.SIGUSR1]);
  });
  t.notThrows(() => {
    vcpu.setSignalMask(null);
  });
  t.throws(
    () => {
      vcpu.enableCapability(CAP.KVM_CAP_HLT);
    },
    { instanceOf: SyscallError, message: /^KVM_ENABLE_CAP/ },
  );
});
