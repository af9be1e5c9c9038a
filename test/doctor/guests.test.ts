/** The tables themselves: each line's bytes are its assembly, and names are what programs rely on. */
import test from 'ava';
import { parseCode, type DoctorGuest } from '../../src/doctor/guest.js';
import { judge } from '../../src/doctor/hazard.js';
import { HAZARD_GROUPS } from '../../src/doctor/hazards/index.js';
import { LONG_MODE, PROTECTED_MODE } from '../../src/doctor/instruction-list.js';
import { bitsOf } from '../../src/doctor/mode.js';
import { formatInstruction, withInstruction, type Mode } from '../../src/x86/iced.js';

const HAZARDS = HAZARD_GROUPS.flatMap(({ hazards }) => hazards);

function wrongLines(code: DoctorGuest['code'], bits: Mode): string[] {
  return parseCode(code)
    .map(({ address, bytes, text }) =>
      withInstruction(bytes, bits, BigInt(address), (instruction) => {
        const found = instruction.isInvalid ? '(bad)' : formatInstruction(instruction);
        const right = found === text && instruction.length === bytes.length;
        return right ? '' : `${text}: ${found}, ${instruction.length} bytes`;
      }),
    )
    .filter((wrong) => wrong !== '');
}

test('the assembly of every hazard is what its bytes are', (t) => {
  for (const { id, mode, code } of HAZARDS) t.deepEqual(wrongLines(code, bitsOf(mode)), [], id);
});

test('the assembly of every instruction tried is what its bytes are', (t) => {
  for (const { line } of LONG_MODE) t.deepEqual(wrongLines([line], 64), []);
  for (const { line } of PROTECTED_MODE) t.deepEqual(wrongLines([line], 32), []);
});

test('id and mode name a hazard', (t) => {
  const keys = HAZARDS.map(({ id, mode }) => `${id} ${mode}`);
  t.deepEqual(
    keys.filter((key, i) => keys.indexOf(key) !== i),
    [],
  );
});

test('a hazard of several modes has one name', (t) => {
  for (const { id, name } of HAZARDS) {
    t.deepEqual(
      [...new Set(HAZARDS.filter((other) => other.id === id).map((o) => o.name))],
      [name],
    );
  }
});

test('a signature that nothing matches is unknown and shown as it is', (t) => {
  const known = [
    { exits: 'debug@1', code: 'steps', phrase: 'steps', judgement: 'exact' },
    { exits: '(?:debug@0 )+debug@1', code: 'late', phrase: 'late', judgement: 'inexact' },
  ] as const;
  t.is(judge(known, 'debug@1').code, 'steps');
  t.is(judge(known, 'debug@0 debug@0 debug@1').code, 'late');
  t.deepEqual(judge(known, 'debug@1 debug@2'), {
    code: 'unknown',
    phrase: 'debug@1 debug@2',
    judgement: 'unknown',
  });
});

test('what kvmtrace does only where KVM steps by the trap flag is known only there', (t) => {
  const { known } = HAZARDS.find(({ id }) => id === 'mov-ss')!;
  t.is(judge(known, 'debug@2 debug@3', true).judgement, 'assisted');
  t.is(judge(known, 'debug@2 debug@3', false).judgement, 'not-steppable');
});

test('INT n that reaches its gate is not taken for #UD', (t) => {
  const { known } = HAZARDS.find(({ id }) => id === 'user-int-n')!;
  t.is(judge(known, 'hlt@gate64+3').code, 'unknown');
  t.is(judge(known, 'hlt@gate6+3').code, 'false-undefined-opcode');
});

/** What VMX and SVM are believed to do, or were seen to (docs/kvm-stepping.md): the tables have it. */
const ON_HARDWARE: readonly (readonly [id: string, signature: string, code: string])[] = [
  ['out', 'out@0 debug@1', 'exit-at'],
  ['in', 'in@0 debug@1', 'exit-at'],
  ['mmio-write', 'write@1 done@1', 'one-exit'],
  ['rep-movsb', `${'debug@0 '.repeat(1499)}debug@1`, 'exit-per-iteration'],
  ['hlt-stepped', 'hlt@1 / hlt@end', 'hlt-exit'],
  ['mfence', 'debug@1 / debug@1', 'debug-exit-after'],
  ['iretq', 'debug@2 / debug@2', 'debug-exit-after'],
  ['mov-to-cr8', 'set-tpr@1', 'set-tpr-exit'],
  ['mov-ss', 'debug@2 debug@3', 'fuses-carried-out'],
  ['pushf', 'debug@1 debug@2 tf=1', 'tf-shown'],
  ['popf', 'debug@1 hlt@end', 'stepping-lost'],
  [
    'syscall',
    'hlt@syscall+3 hlt@syscall+3 / break@syscall / debug@syscall tf=1',
    'trap-flag-masked',
  ],
  ['sysret', 'hlt@gate13+3 / hlt@gate13+3 hlt@gate13+3 / debug@2', 'trap-flag-loaded'],
  ['int1', 'hlt@gate1+3 / break@gate1', 'breakpoint-at-handler'],
  ['inject-software', 'debug@1', 'not-delivered'],
  ['int-n', 'hlt@gate64+3 / debug@gate64', 'breakpoint-at-handler'],
  ['page-fault', 'hlt@gate14+3 / debug@gate14', 'handler-runs-freely'],
  ['triple-fault', 'shutdown@0x0', 'shutdown-elsewhere'],
  ['user-64', 'debug@1 debug@2', 'debug-exit-after'],
  ['vmcall', 'debug@1 debug@2 debug@3', 'debug-exit-after'],
];

for (const [id, signature, code] of ON_HARDWARE) {
  test(`the table knows ${id} as VMX or SVM is believed to do it`, (t) => {
    const hazard = HAZARDS.find((each) => each.id === id);
    t.is(judge(hazard!.known, signature, true).code, code);
  });
}
