/** The parts of doctor's text that no KVM is needed for. */
import test from 'ava';
import { columns, wrap } from '../../src/report/wrapped-columns.js';
import { doctorMeaning } from '../../src/views/doctor-meaning.js';
import { hazardLines } from '../../src/report/doctor-table.js';
import { PLAIN } from '../../src/report/style.js';
import type { Examination } from '../../src/doctor/examine.js';
import type { Judgement } from '../../src/doctor/hazard.js';
import type { HazardResult } from '../../src/doctor/lab.js';
import type { DoctorMode } from '../../src/doctor/mode.js';

function result(
  id: string,
  judgement: Judgement,
  phrase: string,
  mode: DoctorMode = 'long',
): HazardResult {
  return { id, name: id.toUpperCase(), mode, judgement, phrase, assembly: '', exits: '', code: '' };
}

function examination(
  results: readonly HazardResult[],
  more: Partial<Examination> = {},
): Examination {
  return {
    ...{ device: '/dev/kvm', apiVersion: 12, cpuVendor: '', capabilities: [], instructions: [] },
    kind: { kind: 'vmx', evidence: [] },
    msrs: { listed: 0, readable: 0, restorable: 0 },
    groups: [{ name: 'Group', results }],
    ...more,
  };
}

test('cells wrap at blanks, and a long word sticks out', (t) => {
  t.deepEqual(wrap('a bc def', 4), ['a bc', 'def']);
  t.deepEqual(wrap('abcdef gh', 4), ['abcdef', 'gh']);
  t.deepEqual(wrap('', 4), ['']);
  t.deepEqual(
    columns([
      { text: 'x', width: 3 },
      { text: 'one two three', width: 7 },
    ]),
    ['  x    one two', '       three'],
  );
});

test('modes that behave alike share a row, and neighbours too', (t) => {
  const results = [
    result('a', 'exact', 'steps', 'real'),
    result('a', 'exact', 'steps', 'long'),
    result('b', 'exact', 'steps'),
    result('c', 'exact', 'steps', 'real'),
    result('c', 'assisted', 'is done', 'protected'),
    result('c', 'assisted', 'is done', 'long'),
  ];
  t.deepEqual(hazardLines({ name: 'Group', results }, PLAIN), [
    '',
    'Group',
    '  exact          A, B, C (real)              steps',
    '  assisted       C (protected, long)         is done',
  ]);
});

test('where everything is exact the last line says so and no more', (t) => {
  const results = [result('a', 'exact', ''), result('b', 'assisted', '')];
  t.is(
    doctorMeaning(examination(results)),
    'Of the 2 behaviours tried, a recording has 2 exactly.',
  );
});

test('what ends a recording, what is inexact and what is new is named, with the way out', (t) => {
  const meaning = doctorMeaning(
    examination(
      [
        result('a', 'exact', ''),
        result('b', 'not-steppable', ''),
        result('c', 'refused', ''),
        result('d', 'inexact', ''),
        result('e', 'unknown', ''),
      ],
      {
        kind: { kind: 'software', evidence: [] },
        instructions: [
          {
            ...{ family: '', mode: 'long', mnemonic: 'popcnt', assembly: '', exits: '' },
            outcome: 'refused',
          },
        ],
      },
    ),
  );
  t.regex(meaning, /a recording has 1 exactly\. It ends, .* at: a refused instruction, B, C\./);
  t.regex(meaning, /not what a CPU would: D\./);
  t.regex(meaning, /1 are new to kvmtrace: please report/);
  t.regex(meaning, /-mgeneral-regs-only, .* VMX or SVM\.$/);
});
