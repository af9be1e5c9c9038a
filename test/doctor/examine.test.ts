/** What doctor finds out about this machine's KVM, as far as it must hold anywhere. */
import test, { type ExecutionContext } from 'ava';
import { KvmtraceError } from '../../src/base/errors.js';
import { chooseHost } from '../../src/kvm/host/choose.js';
import { LocalHost } from '../../src/kvm/host/local.js';
import { examineKvm, type Examination } from '../../src/doctor/examine.js';
import { HAZARD_GROUPS } from '../../src/doctor/hazards/index.js';
import type { HazardResult } from '../../src/doctor/lab.js';
import { LONG_MODE, PROTECTED_MODE } from '../../src/doctor/instruction-list.js';
import { kvmTest } from '../helpers/kvm.js';

let cached: Examination | undefined;

/** Examined once: the tests look at different parts of it. */
function examination(): Examination {
  return (cached ??= examineKvm(() => chooseHost()));
}

function find(id: string, mode = 'long'): HazardResult {
  const results = examination().groups.flatMap((group) => group.results);
  return results.find((result) => result.id === id && result.mode === mode)!;
}

function isOneOf(t: ExecutionContext, value: string, values: readonly string[]): void {
  t.true(values.includes(value), `${value} is none of ${values.join(', ')}`);
}

kvmTest('every hazard and every instruction has a result', (t) => {
  const { groups, instructions } = examination();
  for (const [i, { name, hazards }] of HAZARD_GROUPS.entries()) {
    t.is(groups[i]!.name, name);
    t.deepEqual(
      groups[i]!.results.map(({ id, mode }) => [id, mode]),
      hazards.map(({ id, mode }) => [id, mode]),
    );
  }
  t.is(instructions.length, LONG_MODE.length + PROTECTED_MODE.length);
});

kvmTest('where guests are emulated in software, and on SVM, no behaviour is unknown', (t) => {
  const { kind, groups, instructions } = examination();
  const unknown = [
    ...groups
      .flatMap(({ results }) => results.filter(({ code }) => code === 'unknown'))
      .map(({ id, mode, exits }) => `${id} in ${mode}: ${exits}`),
    ...instructions
      .filter(({ outcome }) => outcome === 'unknown')
      .map(({ assembly, exits }) => `${assembly}: ${exits}`),
  ];
  // Elsewhere this project has seen nothing yet: what is new there belongs into the tables.
  if (kind.kind === 'software' || kind.kind === 'svm') t.deepEqual(unknown, []);
  else for (const what of unknown) t.log(`new on this KVM: ${what}`);
  t.pass();
});

kvmTest('a plain step is a debug exit after one instruction, in every mode', (t) => {
  for (const mode of ['real', 'protected', 'long'])
    t.is(find('nop', mode).exits, 'debug@1 debug@2');
});

kvmTest('port and MMIO accesses are seen', (t) => {
  isOneOf(t, find('out').code, ['exit-past', 'exit-at']);
  t.is(find('in').code, 'exit-at');
  t.is(find('mmio-read').code, 'one-exit');
  t.is(find('mmio-write').code, 'one-exit');
  t.is(find('mmio-modify').code, 'read-and-write');
});

kvmTest('a HLT that is not stepped exits cleanly, and a triple fault shuts down', (t) => {
  t.is(find('hlt-unstepped').code, 'hlt-exit');
  isOneOf(t, find('triple-fault').code, ['shutdown-at', 'shutdown-elsewhere']);
});

kvmTest('breakpoints on gates stop before the handler', (t) => {
  for (const id of ['undefined-opcode', 'page-fault', 'interrupt', 'nmi', 'inject-software']) {
    t.is(find(id).judgement, 'exact', find(id).exits);
  }
});

kvmTest('registers are shared and written pages are reported', (t) => {
  for (const id of ['sync-regs', 'sync-regs-dirty', 'immediate-exit']) {
    t.is(find(id).judgement, 'exact', id);
  }
  for (const id of ['log-write', 'log-ins', 'log-frame']) t.is(find(id).code, 'reported', id);
});

kvmTest('the needed capabilities are there, and MSRs', (t) => {
  const { capabilities, msrs } = examination();
  for (const { name, needed, value } of capabilities) if (needed) t.true(value > 0, name);
  t.true(msrs.listed > 0 && msrs.readable <= msrs.listed && msrs.restorable <= msrs.readable);
});

kvmTest('a KVM that emulates in software is told by what it does', (t) => {
  const { kind, instructions } = examination();
  if (kind.kind !== 'software') {
    t.log(`this KVM is of kind ${kind.kind}: nothing of a software emulation to look at`);
    t.pass();
    return;
  }
  t.is(find('out').code, 'exit-past');
  t.is(find('int-n').judgement, 'assisted');
  t.is(find('int-n', 'real').judgement, 'exact');
  t.is(find('mfence').code, 'fuses');
  t.is(find('iretq').code, 'fuses');
  t.is(find('hlt-stepped').code, 'stale-halt');
  t.is(find('user-64', 'long-user').judgement, 'not-steppable');
  t.is(find('user-32', 'protected-user').judgement, 'exact');
  const outcomes = new Map(instructions.map(({ mnemonic, outcome }) => [mnemonic, outcome]));
  for (const name of ['popcnt', 'crc32', 'cmpxchg16b', 'fld1', 'addps', 'vaddps', 'xsave']) {
    t.is(outcomes.get(name), 'refused', name);
  }
  for (const name of ['xadd', 'cmpxchg8b', 'movups', 'fninit'])
    t.is(outcomes.get(name), 'runs', name);
  t.is(outcomes.get('lzcnt'), 'wrong-result');
});

kvmTest('examining twice finds the same', (t) => {
  const again = examineKvm(() => chooseHost());
  t.deepEqual(again.groups, examination().groups);
  t.deepEqual(again.instructions, examination().instructions);
});

test('a device that is not there, or no KVM, is an error with the way out', (t) => {
  const missing = t.throws(() => examineKvm(() => new LocalHost('/nonexistent')), {
    instanceOf: KvmtraceError,
  });
  t.is(missing.exitCode, 3);
  t.regex(missing.message, /^\/nonexistent is missing: give the path of a KVM device/);
  t.throws(() => examineKvm(() => new LocalHost('/dev/null')), { message: /is not a KVM device/ });
});
