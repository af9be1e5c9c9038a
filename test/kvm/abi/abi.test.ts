import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import * as capability from '../../../src/kvm/abi/capability.js';
import * as cpuid from '../../../src/kvm/abi/cpuid.js';
import * as debug from '../../../src/kvm/abi/debug.js';
import * as events from '../../../src/kvm/abi/events.js';
import * as exitReason from '../../../src/kvm/abi/exit-reason.js';
import * as ioctl from '../../../src/kvm/abi/ioctl.js';
import * as memory from '../../../src/kvm/abi/memory.js';
import * as registers from '../../../src/kvm/abi/registers.js';
import * as run from '../../../src/kvm/abi/run.js';
import { claimsOf, cProgram, type Claim } from './c-expressions.js';

/** What gcc computes for each claim. */
function compileAndRun(claims: readonly Claim[]): number[] {
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-abi-'));
  try {
    const source = join(directory, 'abi.c');
    const program = join(directory, 'abi');
    writeFileSync(source, cProgram(claims));
    execFileSync('gcc', ['-o', program, source]);
    return execFileSync(program, { encoding: 'utf8' }).trim().split('\n').map(Number);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function compare(t: { deepEqual: (a: unknown, b: unknown) => void }, claims: readonly Claim[]) {
  const values = compileAndRun(claims);
  const wrong = claims
    .map((claim, index) => ({ ...claim, gcc: values[index] }))
    .filter(({ value, gcc }) => value !== gcc);
  t.deepEqual(wrong, []);
}

const modules = {
  capability,
  cpuid,
  debug,
  events,
  exitReason,
  ioctl,
  memory,
  registers,
  run,
};

for (const [name, module] of Object.entries(modules)) {
  test(`${name}: sizes, offsets and numbers are those of <linux/kvm.h>`, (t) => {
    const claims = claimsOf(module);
    t.true(claims.length > 3, `only ${claims.length} claims found`);
    compare(t, claims);
  });
}

test('KVMIO is the ioctl type', (t) => {
  compare(t, [{ c: 'KVMIO', value: ioctl.KVMIO }]);
});

test('offsets into the run page are those of struct kvm_run', (t) => {
  const paths: Record<keyof typeof run.RUN_OFFSET, string> = {
    requestInterruptWindow: 'request_interrupt_window',
    immediateExit: 'immediate_exit',
    exitReason: 'exit_reason',
    readyForInterruptInjection: 'ready_for_interrupt_injection',
    ifFlag: 'if_flag',
    flags: 'flags',
    cr8: 'cr8',
    apicBase: 'apic_base',
    exit: 'hw',
    ioDirection: 'io.direction',
    ioSize: 'io.size',
    ioPort: 'io.port',
    ioCount: 'io.count',
    ioDataOffset: 'io.data_offset',
    mmioPhysAddr: 'mmio.phys_addr',
    mmioData: 'mmio.data',
    mmioLen: 'mmio.len',
    mmioIsWrite: 'mmio.is_write',
    debugException: 'debug.arch.exception',
    debugPc: 'debug.arch.pc',
    debugDr6: 'debug.arch.dr6',
    debugDr7: 'debug.arch.dr7',
    internalSuberror: 'internal.suberror',
    internalNdata: 'internal.ndata',
    internalData: 'internal.data',
    emulationFlags: 'emulation_failure.flags',
    emulationInsnSize: 'emulation_failure.insn_size',
    emulationInsnBytes: 'emulation_failure.insn_bytes',
    failEntryReason: 'fail_entry.hardware_entry_failure_reason',
    msrError: 'msr.error',
    msrReason: 'msr.reason',
    msrIndex: 'msr.index',
    msrData: 'msr.data',
    kvmValidRegs: 'kvm_valid_regs',
    kvmDirtyRegs: 'kvm_dirty_regs',
    regs: 's.regs.regs',
    rip: 's.regs.regs.rip',
    rflags: 's.regs.regs.rflags',
    sregs: 's.regs.sregs',
    events: 's.regs.events',
  };
  const claims = Object.entries(paths).map(([name, path]) => ({
    c: `offsetof(struct kvm_run, ${path})`,
    value: run.RUN_OFFSET[name as keyof typeof paths],
  }));
  compare(t, claims);
});
