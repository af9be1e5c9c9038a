import test from 'ava';
import fc from 'fast-check';
import { EXIT } from '../../src/kvm/abi/exit-reason.js';
import { kvmRun, type RunStruct } from '../../src/kvm/abi/run.js';
import type { VcpuExit } from '../../src/kvm/exit.js';
import { RunPage } from '../../src/kvm/run-page.js';
import { kvmTest } from '../helpers/kvm.js';
import { code } from './guest-code.js';
import { realMode } from './real-mode.js';

/** A page as KVM would leave it. */
function page(
  exitReason: number,
  set: (exit: RunStruct['exit']) => void = () => undefined,
): RunPage {
  const run = new RunPage(new ArrayBuffer(2 * 4096));
  run.fields.exitReason = exitReason;
  set(run.fields.exit);
  return run;
}

test('an exit without a name keeps its reason and all of its bytes', (t) => {
  const named = new Set<number>(Object.values(EXIT));
  fc.assert(
    fc.property(
      fc.nat(0xffff_ffff),
      fc.uint8Array({ minLength: 256, maxLength: 256 }),
      (reason, bytes) => {
        fc.pre(!named.has(reason));
        const exit = page(reason, (union) => {
          union.padding.set(bytes);
        }).exit();
        t.is(exit.kind, 'unknown');
        if (exit.kind !== 'unknown') return;
        t.is(exit.reason, reason);
        t.true(Buffer.from(exit.bytes).equals(bytes));
        t.is(exit.hardwareReason, new DataView(bytes.buffer).getBigUint64(0, true));
      },
    ),
  );
});

test('exits that a test guest can hardly cause are decoded too', (t) => {
  const cases: [RunPage, VcpuExit][] = [
    [
      page(EXIT.KVM_EXIT_FAIL_ENTRY, ({ failEntry }) => {
        failEntry.assign({ hardwareEntryFailureReason: 0x80000021n, cpu: 3 });
      }),
      { kind: 'fail-entry', reason: 0x80000021n, cpu: 3 },
    ],
    [
      page(EXIT.KVM_EXIT_EXCEPTION, ({ ex }) => {
        ex.assign({ exception: 13, errorCode: 8 });
      }),
      { kind: 'exception', exception: 13, errorCode: 8 },
    ],
    [
      page(EXIT.KVM_EXIT_X86_RDMSR, ({ msr }) => {
        msr.assign({ index: 0x1b, reason: 4 });
      }),
      { kind: 'rdmsr', index: 0x1b, reason: 4 },
    ],
    [
      page(EXIT.KVM_EXIT_X86_WRMSR, ({ msr }) => {
        msr.assign({ index: 0x1b, reason: 4, data: 9n });
      }),
      { kind: 'wrmsr', index: 0x1b, reason: 4, data: 9n },
    ],
    [
      page(EXIT.KVM_EXIT_SYSTEM_EVENT, ({ systemEvent }) => {
        systemEvent.assign({ type: 2, ndata: 1 });
        systemEvent.data[0] = 5n;
      }),
      { kind: 'system-event', type: 2, data: [5n] },
    ],
    [
      page(EXIT.KVM_EXIT_HYPERCALL, ({ hypercall }) => {
        hypercall.assign({ nr: 12n, longmode: 1 });
        hypercall.args[1] = 7n;
      }),
      { kind: 'hypercall', nr: 12n, args: [0n, 7n, 0n, 0n, 0n, 0n], longMode: true },
    ],
    [
      page(EXIT.KVM_EXIT_TPR_ACCESS, ({ tprAccess }) => {
        tprAccess.assign({ rip: 0x1000n, isWrite: 1 });
      }),
      { kind: 'tpr-access', rip: 0x1000n, isWrite: true },
    ],
    [
      page(EXIT.KVM_EXIT_IOAPIC_EOI, ({ eoi }) => {
        eoi.vector = 0x30;
      }),
      { kind: 'ioapic-eoi', vector: 0x30 },
    ],
    [
      page(EXIT.KVM_EXIT_NOTIFY, ({ notify }) => {
        notify.flags = 1;
      }),
      { kind: 'notify', flags: 1 },
    ],
    [page(EXIT.KVM_EXIT_INTR), { kind: 'intr' }],
    [page(EXIT.KVM_EXIT_NMI), { kind: 'nmi' }],
    [page(EXIT.KVM_EXIT_IRQ_WINDOW_OPEN), { kind: 'irq-window-open' }],
    [page(EXIT.KVM_EXIT_SET_TPR), { kind: 'set-tpr' }],
    [page(EXIT.KVM_EXIT_DIRTY_RING_FULL), { kind: 'dirty-ring-full' }],
    [page(EXIT.KVM_EXIT_X86_BUS_LOCK), { kind: 'bus-lock' }],
  ];
  for (const [run, exit] of cases) t.deepEqual(run.exit(), exit);
});

test('the bytes of an instruction that KVM cannot emulate are told where they are valid', (t) => {
  const failed = (ndata: number, flags: bigint) =>
    page(EXIT.KVM_EXIT_INTERNAL_ERROR, ({ emulationFailure }) => {
      emulationFailure.assign({ suberror: 1, ndata, flags, insnSize: 2 });
      emulationFailure.insnBytes.set([0x0f, 0x0b, 0x90]);
    }).exit();
  const told = failed(3, 1n);
  t.deepEqual(told.kind === 'internal-error' && [...told.instruction], [0x0f, 0x0b]);
  const untold = failed(3, 0n);
  t.deepEqual(untold.kind === 'internal-error' && [...untold.instruction], []);
  const alone = failed(1, 1n);
  t.deepEqual(alone.kind === 'internal-error' && [alone.data, alone.instruction.length], [[1n], 0]);
});

test('a count beyond the array does not reach beyond it', (t) => {
  const exit = page(EXIT.KVM_EXIT_INTERNAL_ERROR, ({ internal }) => {
    internal.assign({ suberror: 3, ndata: 99 });
  }).exit();
  t.is(exit.kind === 'internal-error' && exit.data.length, 16);
  t.is(kvmRun.fields.exit.sizeBytes, 256);
});

kvmTest('port I/O in both directions', (t) => {
  const { vcpu } = realMode(
    t,
    code`
    b0 41     mov al, 'A'
    e6 e9     out 0xe9, al
    ba f8 03  mov dx, 0x3f8
    ed        in ax, dx
    f4        hlt
  `,
  );
  t.is(vcpu.enter(), 0);
  const out: VcpuExit = {
    kind: 'io',
    direction: 'out',
    size: 1,
    port: 0xe9,
    count: 1,
    data: Uint8Array.of(0x41),
  };
  t.deepEqual(vcpu.run.exit(), out);
  t.is(vcpu.enter(), 0);
  const exit = vcpu.run.exit();
  t.like(exit, { kind: 'io', direction: 'in', size: 2, port: 0x3f8, count: 1 });
  vcpu.run.ioData().set([0x34, 0x12]);
  t.is(vcpu.enter(), 0);
  t.deepEqual(vcpu.run.exit(), { kind: 'hlt' });
  t.is(vcpu.getRegs().rax & 0xffffn, 0x1234n);
});

kvmTest('MMIO in both directions', (t) => {
  const { vcpu } = realMode(
    t,
    code`
    b8 ff ff        mov ax, 0xffff
    8e d8           mov ds, ax
    c6 06 10 10 55  mov byte [0x1010], 0x55    ; gpa 0x101000, above the RAM
    a1 12 10        mov ax, [0x1012]
    f4              hlt
  `,
  );
  t.is(vcpu.enter(), 0);
  const write: VcpuExit = {
    ...{ kind: 'mmio', direction: 'write', gpa: 0x10_1000n },
    data: Uint8Array.of(0x55),
  };
  t.deepEqual(vcpu.run.exit(), write);
  t.is(vcpu.enter(), 0);
  t.like(vcpu.run.exit(), { kind: 'mmio', direction: 'read', gpa: 0x10_1002n });
  vcpu.run.mmioData().set([0x78, 0x56]);
  t.is(vcpu.enter(), 0);
  t.deepEqual(vcpu.run.exit(), { kind: 'hlt' });
  t.is(vcpu.getRegs().rax & 0xffffn, 0x5678n);
});
