/** `kvmtrace doctor` as users and bug reports meet it. */
import test from 'ava';
import { existsSync } from 'node:fs';
import { chooseHost } from '../../src/kvm/host/choose.js';
import { kvmtrace } from '../helpers/cli.js';
import { fakeMachine } from '../helpers/fake-tools.js';
import { kvmAvailable, kvmTest } from '../helpers/kvm.js';
import { isOneSentence } from '../helpers/sentence.js';

interface Document {
  readonly doctor: number;
  readonly can_record: boolean;
  readonly verdict: string;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly hosts: readonly Readonly<Record<string, unknown>>[];
  readonly examined: string | null;
  readonly kvm: {
    readonly kind: string;
    readonly capabilities: readonly { name: string; needed: boolean; value: number }[];
    readonly judgements: Readonly<Record<string, number>>;
    readonly hazards: readonly Readonly<Record<string, string>>[];
    readonly instructions: readonly Readonly<Record<string, string>>[];
  } | null;
  readonly seconds: number;
}

const KEYS = [
  ...['doctor', 'can_record', 'verdict', 'machine', 'hosts', 'examined', 'kvm', 'seconds'],
];
const HOST_KEYS = [
  ['kind', 'usable', 'device', 'modules', 'why'],
  ['kind', 'usable', 'qemu', 'kernel', 'why'],
];
const MACHINE_KEYS = ['kvmtrace', 'node', 'kernel', 'architecture', 'cpu', 'modules'];
const KVM_KEYS = [
  ...['device', 'api_version', 'kind', 'evidence', 'cpu_vendor', 'msrs', 'capabilities'],
  ...['judgements', 'hazards', 'instructions'],
];
const HAZARD_KEYS = [
  ...['group', 'id', 'name', 'mode', 'assembly', 'exits', 'code', 'phrase', 'judgement'],
];
const INSTRUCTION_KEYS = ['family', 'mode', 'mnemonic', 'assembly', 'outcome', 'exits'];

/** Who runs the tests' guests; on the emulated host a line on stderr says so where nobody asked. */
const hostKind = kvmAvailable ? chooseHost().kind : 'kvm';
const notice =
  hostKind === 'emulated' && (process.env['KVMTRACE_HOST'] ?? 'auto') === 'auto'
    ? /^kvmtrace: .*, so guests run on the emulated host, .*\n$/
    : /^$/;

kvmTest('doctor --format json is one document with stable keys', (t) => {
  const start = performance.now();
  const { code, stdout, stderr } = kvmtrace(['doctor', '--format', 'json']);
  // It takes a second, twenty times that emulated; more than this would be a guest that hangs.
  t.true(performance.now() - start < (hostKind === 'kvm' ? 20_000 : 110_000));
  t.regex(stderr, notice);
  t.is(code, 0);
  const document = JSON.parse(stdout) as Document;
  t.deepEqual(Object.keys(document), KEYS);
  t.is(document.doctor, 1);
  t.true(document.can_record);
  t.deepEqual(Object.keys(document.machine), MACHINE_KEYS);
  t.deepEqual(document.hosts.map(Object.keys), HOST_KEYS);
  t.deepEqual(
    document.hosts.map(({ kind }) => kind),
    ['kvm', 'emulated'],
  );
  t.is(document.examined, hostKind);
  t.true(document.hosts.find(({ kind }) => kind === hostKind)!['usable']);
  const kvm = document.kvm!;
  t.deepEqual(Object.keys(kvm), KVM_KEYS);
  t.true(['vmx', 'svm', 'software', 'unknown'].includes(kvm.kind));
  for (const hazard of kvm.hazards) t.deepEqual(Object.keys(hazard), HAZARD_KEYS);
  for (const instruction of kvm.instructions) {
    t.deepEqual(Object.keys(instruction), INSTRUCTION_KEYS);
  }
  const counted = Object.values(kvm.judgements).reduce((sum, count) => sum + count, 0);
  t.is(counted, kvm.hazards.length);
  t.true(kvm.judgements['exact']! > counted / 2);
});

kvmTest('doctor prints the verdict first, in 80 columns, and what it means last', (t) => {
  const { code, stdout, stderr } = kvmtrace(['doctor']);
  t.regex(stderr, notice);
  t.is(code, 0);
  const lines = stdout.split('\n');
  t.is(
    lines[0],
    hostKind === 'kvm'
      ? 'This machine can record.'
      : 'This machine can record, on the emulated host.',
  );
  t.regex(stdout, /\n {2}hosts +kvm: \/dev\/kvm (.|\n)* emulated: (.|\n)*\n {2}examined +/);
  t.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
  t.deepEqual(
    lines.filter((line) => line !== line.trimEnd()),
    [],
  );
  t.regex(stdout, /\nPort I\/O\n {2}exact {10}OUT[ ,]/);
  t.regex(stdout, /\n\nOf the \d+ behaviours tried, a recording has \d+ exactly\./);
});

const localTest: typeof kvmTest = existsSync('/dev/kvm') ? kvmTest : test.skip;

localTest('doctor takes the device that record takes', (t) => {
  t.is(kvmtrace(['doctor', '--device', '/dev/kvm']).code, 0);
});

test('without KVM doctor says what is missing and the way out, and exits with 3', (t) => {
  const { code, stdout, stderr } = kvmtrace(['doctor', '--device', '/nonexistent']);
  t.is(code, 3);
  t.true(isOneSentence(stderr.trimEnd()));
  t.regex(
    stderr,
    /\/nonexistent is missing: give .* usually \/dev\/kvm; traces can be read without it\.$/m,
  );
  t.regex(stdout, /^\/nonexistent is missing/);
  t.is(stdout.match(/is missing/g)?.length, 1, 'the verdict says it, and nothing repeats it');
  t.regex(stdout, /hosts +kvm: cannot be used, as said above\n/);
  t.regex(stdout, /\n {2}kernel +Linux /);
});

test('without KVM the JSON document says so too', (t) => {
  const { code, stdout } = kvmtrace(['doctor', '--device', '/dev/null', '--format', 'json']);
  t.is(code, 3);
  const document = JSON.parse(stdout) as Document;
  t.deepEqual(Object.keys(document), KEYS);
  t.false(document.can_record);
  t.regex(document.verdict, /\/dev\/null is not a KVM device/);
  t.is(document.kvm, null);
});

test('doctor tells of both hosts where neither can run, in one sentence', (t) => {
  const { env } = fakeMachine({});
  const { code, stdout, stderr } = kvmtrace(['doctor', '--host', 'emulated'], { env });
  t.is(code, 3);
  t.true(isOneSentence(stderr.trimEnd()));
  t.regex(stderr, /^kvmtrace: the emulated host needs QEMU/);
  t.regex(stdout, /\n {2}hosts +kvm: \/dev\/kvm /);
  t.regex(stdout, /\n +emulated: cannot be used, as said above/);
  t.notRegex(stdout, /examined/);
});

test('doctor refuses what it does not know', (t) => {
  t.is(kvmtrace(['doctor', 'extra']).code, 2);
  t.is(kvmtrace(['doctor', '--device']).code, 2);
  t.is(kvmtrace(['doctor', '--device', 'a', '--device', 'b']).code, 2);
});
