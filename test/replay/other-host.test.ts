/** What another processor or KVM may do its own way is fed there, and compared where it was recorded. */
import { divergenceHint } from '../../src/replay/hint.js';
import { kvmTest } from '../helpers/kvm.js';
import type { SourceGuest } from './guests.js';
import { altered, ask, recordSource, replayFile } from './recorded.js';

const AF = 0x10;
const CF = 1;

const SHIFT: SourceGuest = {
  mode: 'long',
  load: 0x100000,
  source: `
.code64
start:
  mov eax, 3
  shl eax, 2
  add eax, 1
  cpuid
  hlt
`,
};

const FLAGS_AFTER_SHIFT = 'SELECT value FROM register_write WHERE register = 16 AND step = 1';
const OTHER_KERNEL = "UPDATE meta SET value = '1.2.3' WHERE key = 'kernel'";

/** The trace as a processor that leaves another flag after the shift would have made it. */
function withFlag(path: string, flag: number): string {
  return altered(
    path,
    `UPDATE register_write SET value = (value | ${flag}) - (value & ${flag})
       WHERE register = 16 AND step = 1`,
  );
}

kvmTest('a flag that the manual leaves undefined is an input on another host', async (t) => {
  const path = await recordSource(SHIFT, { memory: 2 << 20 });
  const here = await replayFile(path);
  t.is(here.divergence, undefined);
  t.true(here.hosts.isSame);
  const there = await replayFile(altered(path, OTHER_KERNEL));
  t.is(there.divergence, undefined);
  t.false(there.hosts.isSame);
  t.is(there.inputs, here.inputs + 1, 'CPUID');

  const flags = ask(path, FLAGS_AFTER_SHIFT);
  const other = withFlag(path, AF);
  t.is(ask(other, FLAGS_AFTER_SHIFT), flags ^ AF);
  const strict = await replayFile(other);
  t.is(strict.divergence?.step, 1, 'the same host leaves the same flags');
  const fed = await replayFile(altered(other, OTHER_KERNEL));
  t.is(fed.divergence, undefined);
  t.is(fed.inputs, there.inputs + 1);
});

kvmTest('a flag that the manual defines differs on any host', async (t) => {
  const path = await recordSource(SHIFT, { memory: 2 << 20 });
  const { divergence } = await replayFile(altered(withFlag(path, CF), OTHER_KERNEL));
  t.is(divergence?.step, 1);
});

kvmTest('the hint names both hosts where a trace is of the other one', async (t) => {
  const path = await recordSource(SHIFT, { memory: 2 << 20 });
  const kind = String(ask(path, "SELECT value FROM meta WHERE key = 'host'"));
  const other = kind === 'kvm' ? 'emulated' : 'kvm';
  const changed = altered(
    withFlag(path, CF),
    `UPDATE meta SET value = '${other}' WHERE key = 'host';
     UPDATE meta SET value = 'kvm_other' WHERE key = 'host_kvm'`,
  );
  const outcome = await replayFile(changed);
  const hint = divergenceHint(outcome, outcome.divergence!);
  const names = { kvm: '/dev/kvm', emulated: 'the emulated host' };
  t.true(
    hint.startsWith(`recorded on ${names[other]} (kvm_other), replayed on ${names[kind as 'kvm']}`),
    hint,
  );
});
