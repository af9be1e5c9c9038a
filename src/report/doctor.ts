/** What `kvmtrace doctor` prints for people: 80 columns, the verdict first, what it means last. */
import type { CapabilityResult } from '../doctor/capabilities.js';
import type { Examination } from '../doctor/examine.js';
import type { KvmKind } from '../doctor/kind.js';
import { columns, wrap } from './wrapped-columns.js';
import { verdictOf, type Diagnosis } from '../views/doctor.js';
import { doctorMeaning } from '../views/doctor-meaning.js';
import { hazardLines } from './doctor-table.js';
import { emulatedWords, localWords } from '../views/hosts.js';
import type { HostsReport } from '../kvm/host/describe.js';
import { printable } from '../base/printable.js';
import type { Style } from './style.js';

const WIDTH = 80;
const KEY_WIDTH = 9;
const VALUE_WIDTH = WIDTH - KEY_WIDTH - 4;
const CAPABILITY_WIDTH = 32;

const KIND: Readonly<Record<KvmKind, string>> = {
  vmx: 'VMX',
  svm: 'SVM',
  software: 'software emulation',
  unknown: 'unknown',
};

/** The diagnosis as lines. */
export function doctorLines(diagnosis: Diagnosis, style: Style): string[] {
  const { machine, hosts, examination } = diagnosis;
  return [
    ...wrap(printable(verdictOf(diagnosis)), WIDTH).map(style.strong),
    '',
    ...facts([
      ['kernel', `Linux ${machine.kernel}`],
      ['CPU', `${machine.cpu} (${machine.architecture})`],
      ['modules', machine.modules.length === 0 ? 'none' : machine.modules.join(', ')],
      ['kvmtrace', `${machine.kvmtrace}, Node ${machine.node}`],
    ]),
    ...hostLines(hosts, examination !== undefined, verdictOf(diagnosis)),
    ...(examination === undefined ? [] : examinationLines(examination, style)),
  ];
}

/** Both hosts; what follows is of the one that was examined. What the verdict says stands there alone. */
function hostLines(
  { kvm, emulated, choice }: HostsReport,
  isExamined: boolean,
  verdict: string,
): string[] {
  const words = (problem: string | undefined, all: string): string => {
    const what = problem?.split(':')[0];
    return what !== undefined && verdict.includes(what) ? 'cannot be used, as said above' : all;
  };
  return facts([
    ['hosts', `kvm: ${words(kvm.problem, localWords(kvm))}`],
    ['', `emulated: ${words(emulated.problem, emulatedWords(emulated))}`],
    ...(isExamined
      ? [['examined', choice === 'kvm' ? kvm.device : 'the emulated host'] as const]
      : []),
  ]);
}

function* examinationLines(examination: Examination, style: Style): Generator<string> {
  const { device, apiVersion, kind, msrs, capabilities, groups, instructions } = examination;
  yield* facts([
    ['device', `${device}, API version ${apiVersion}`],
    ['KVM', `${KIND[kind.kind]}: ${kind.evidence.join(', ')}`],
    ['MSRs', `${msrs.listed} listed, ${msrs.readable} readable, ${msrs.restorable} restorable`],
  ]);
  yield '';
  yield style.strong('Capabilities');
  for (const capability of capabilities) yield* capabilityLines(capability, style);
  for (const group of groups) yield* hazardLines(group, style);
  for (const [heading, outcome] of INSTRUCTION_LISTS) {
    const names = instructions
      .filter((instruction) => instruction.outcome === outcome)
      .map(({ mnemonic }) => mnemonic);
    if (names.length === 0) continue;
    yield '';
    yield style.strong(heading);
    yield* columns([{ text: [...new Set(names)].join(' '), width: WIDTH - 2 }]);
  }
  yield '';
  yield* wrap(doctorMeaning(examination), WIDTH);
}

const INSTRUCTION_LISTS = [
  ['Instructions that this KVM refuses', 'refused'],
  ['Instructions that it runs as others (BSF and BSR)', 'wrong-result'],
  ['Instructions that run together with the next, which kvmtrace does not expect', 'fuses'],
  ['Instructions that do what kvmtrace does not know', 'unknown'],
] as const;

function capabilityLines({ name, needed, value, purpose }: CapabilityResult, style: Style) {
  const has = value === 0 ? (needed ? 'missing' : 'no') : 'yes';
  return columns([
    { text: has, width: 7, paint: value === 0 && needed ? style.change : style.faint },
    { text: name, width: CAPABILITY_WIDTH },
    { text: purpose, width: WIDTH - CAPABILITY_WIDTH - 13 },
  ]);
}

function facts(rows: readonly (readonly [key: string, value: string])[]): string[] {
  return rows.flatMap(([key, value]) =>
    columns([
      { text: key, width: KEY_WIDTH },
      { text: printable(value), width: VALUE_WIDTH },
    ]),
  );
}
