/** Everything that reads a trace works where KVM's binding cannot even be loaded. */
import test from 'ava';
import { packageRoot } from '../../src/base/package-root.js';
import { kvmtrace } from '../helpers/cli.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';

const HOOK = new URL('dist/test/helpers/without-koffi.js', packageRoot).href;
const env = { NODE_OPTIONS: `--import ${HOOK}` };

function fixture(): string {
  return writeFixtureTrace({
    steps: [
      { rip: 0x1000, bytes: '48ffc0', text: 'inc rax', registers: { rax: 1 } },
      { rip: 0x1003, bytes: '48ffc0', text: 'inc rax', registers: { rax: 2 } },
      { rip: 0x1006, bytes: 'f4', text: 'hlt' },
    ],
    initial: { cr0: 0x11, efer: 0x500 },
    symbols: [{ address: 0x1000, size: 16, name: 'main' }],
  });
}

for (const [name, ...args] of [
  ['info'],
  ['steps', '--count', '3'],
  ['state', '--at', '2'],
  ['query', 'SELECT count(*) FROM step'],
  ['why', 'rax', '--at', '2'],
  ['calls'],
  ['hot'],
  ['index'],
  ['pack', '-o'],
] as const) {
  test(`${name} reads a trace without the binding of KVM`, (t) => {
    const trace = fixture();
    const output = name === 'pack' ? [temporaryPath('packed')] : [];
    const { code, stderr } = kvmtrace([name, trace, ...args, ...output], { env });
    t.is(code, 0, stderr);
    t.false(stderr.includes('koffi'));
  });
}

test('diff compares traces without the binding of KVM', (t) => {
  const { code, stderr } = kvmtrace(['diff', fixture(), fixture()], { env });
  t.is(code, 0, stderr);
});

test('help is there without the binding of KVM', (t) => {
  for (const command of ['record', 'replay', 'check', 'doctor']) {
    t.is(kvmtrace([command, '--help'], { env }).code, 0, command);
  }
});

test('the binding is really out of reach in these tests', (t) => {
  const { code, stderr } = kvmtrace(['doctor'], { env });
  t.not(code, 0);
  t.regex(stderr, /koffi is out of reach/);
});
