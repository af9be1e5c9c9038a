/**
 * Guests that were once recorded wrongly, most in silence, on a KVM that steps by the trap flag: on the
 * emulated host, whatever else there is. test/cases/README.md says what each is about.
 */
import type { ExecutionContext, ImplementationFn } from 'ava';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { EmulatedHost } from '../../src/kvm/host/emulated/host.js';
import type { KvmHost } from '../../src/kvm/host/host.js';
import { recordGuest, type RecordOptions } from '../../src/recorder/record.js';
import { replay } from '../../src/replay/replayer.js';
import { openTrace } from '../../src/trace/read/open.js';
import { matchesGolden } from '../helpers/golden.js';
import { renderSteps } from '../helpers/render-steps.js';
import { temporaryDirectory } from '../helpers/temporary.js';
import { readTraceRows } from '../helpers/trace-rows.js';
import { emulatedFailure, emulatedTest, sharedHost } from '../kvm/host/emulated-test.js';

interface Case {
  readonly name: string;
  readonly about: string;
  /** What is at fault where KVM keeps shadow page tables, if it fails there. */
  readonly shadowFault?: string;
  /** Why the recording ends; default: the guest ends itself. */
  readonly stop?: string;
  readonly options?: Partial<RecordOptions>;
}

/** With shadow page tables paging is on where the guest has it off. */
const TASKS_LOAD_CR3 =
  'QEMU: task switches do not exit, and load CR3 over that of KVM (switch_tss_ra in seg_helper.c)';

const CASES: readonly Case[] = [
  { name: 'retry', about: 'a fault whose handler returns to the instruction, which retries' },
  {
    ...{ name: 'spin', about: 'a handler that never returns' },
    ...{ stop: 'max-steps', options: { maxSteps: 50 } },
  },
  { name: 'leak2', about: 'what a handler does to MSRs and SSE registers is not there before it' },
  { name: 'user', about: 'level 3 through IRETQ, SYSCALL, SYSRET, INT n and faults' },
  { name: 'int', about: 'INT3, INT n and faults through gates, fences, CPUID, CR8, PAUSE' },
  { name: 'movss', about: 'MOV SS and the instruction behind it are two steps' },
  { name: 'rep', about: 'REP MOVS, STOS, OUTS, INS; STI' },
  { name: 'tf', about: 'PUSHF shows no TF of the stepper, and POPF does not end stepping' },
  { name: 'mmio', about: 'stepping goes on after MMIO' },
  { name: 'outsb', about: 'stepping goes on after REP OUTSB' },
  {
    ...{ name: 'x4', about: 'task switches by INT, far JMP and IRET' },
    shadowFault: TASKS_LOAD_CR3,
  },
  { name: 'sse', about: 'XSETBV, x87, SSE, AVX, XSAVE and what integer extensions there are' },
  { name: 'x9', about: 'SYSCALL, SYSRET and level 3 of long mode, INT1' },
  {
    name: 'g2b',
    about: 'call gates, task switches, level 3 of protected mode and virtual-8086 mode',
    shadowFault: TASKS_LOAD_CR3,
  },
  {
    ...{ name: 'task-fault', about: 'exceptions through task gates, two of them to one task' },
    shadowFault: TASKS_LOAD_CR3,
  },
  {
    ...{ name: 'real-fault', about: 'exceptions of real mode that nothing intercepts' },
    options: { format: 'flat', mode: 'real', load: 0x7c00n, entry: 0x7c00n },
  },
  {
    ...{ name: 'boot', about: 'a boot sector loads its stack segment' },
    options: { format: 'flat', mode: 'real', load: 0x7c00n, entry: 0x7c00n },
  },
];

/** A machine for either way that KVM keeps page tables. */
const shadowHost = lazily(() => EmulatedHost.start({ npt: false }));
const HOSTS = [
  ['nested paging', sharedHost],
  ['shadow page tables', shadowHost],
] as const;

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

for (const { name, about, shadowFault, stop, options } of CASES) {
  for (const [paging, host] of HOSTS) {
    const title = `${name}: ${about} (${paging})`;
    const isFailing = shadowFault !== undefined && host === shadowHost;
    const check = checkCase(name, host, stop, options);
    if (isFailing) emulatedFailure(shadowFault, title, check);
    else emulatedTest(title, check);
  }
}

function checkCase(
  name: string,
  startHost: () => KvmHost,
  stop: string | undefined,
  options: Partial<RecordOptions> | undefined,
): ImplementationFn<[]> {
  return async (t) => {
    const file = options?.format === 'flat' ? `${name}.bin` : `${name}.elf`;
    const guest = fileURLToPath(new URL(`test/cases/hardware/${file}`, packageRoot));
    const output = join(temporaryDirectory(), 't.db');
    const host = startHost();
    const result = await recordGuest({
      ...{ guest, output, format: 'auto', maxSteps: 1000, force: false, dirty: 'auto', fpu: true },
      ...{ host, onOutput: () => undefined, ...options },
    });
    t.is(result.stopReason, stop ?? 'debug-exit', result.detail);
    matchesGolden(
      t,
      `stepper/hardware/${name}.txt`,
      `${renderSteps(readTraceRows(output)).join('\n')}\n`,
    );
    await checkReplay(t, output, host);
  };
}

async function checkReplay(t: ExecutionContext, path: string, host: KvmHost): Promise<void> {
  using trace = openTrace(path);
  const outcome = await replay(trace, { from: 0, to: trace.stepCount, host });
  t.is(outcome.divergence, undefined);
  t.is(outcome.steps, trace.stepCount);
}
