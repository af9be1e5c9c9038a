/** What the findings mean for somebody who is about to record. */
import type { Examination } from '../doctor/examine.js';
import type { Judgement } from '../doctor/hazard.js';
import { countJudgements } from './doctor.js';

/** One paragraph. */
export function doctorMeaning(examination: Examination): string {
  const { kind, instructions } = examination;
  const counts = countJudgements(examination);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const refusals = instructions.filter(({ outcome }) => outcome === 'refused').length;
  const sentences = [
    `Of the ${total} behaviours tried, a recording has ${counts['exact']! + counts['assisted']!} exactly.`,
  ];
  const ends = [
    ...(refusals > 0 ? ['a refused instruction'] : []),
    ...namesOf(examination, ['refused', 'not-steppable']),
  ];
  if (ends.length > 0) sentences.push(`It ends, and says so, at: ${ends.join(', ')}.`);
  const inexact = namesOf(examination, ['inexact']);
  if (inexact.length > 0) {
    sentences.push(
      `It has what this KVM made of them, not what a CPU would: ${inexact.join(', ')}.`,
    );
  }
  if (counts['unknown']! > 0) {
    sentences.push(
      `${counts['unknown']!} are new to kvmtrace: please report what \`kvmtrace doctor --format json\` prints.`,
    );
  }
  if (kind.kind === 'software') {
    sentences.push(
      'Build guests in C with -mgeneral-regs-only, record with --host emulated (KVM on an emulated AMD processor, some twenty times slower), or record on a machine whose /dev/kvm uses VMX or SVM.',
    );
  }
  return sentences.join(' ');
}

function namesOf({ groups }: Examination, judgements: readonly Judgement[]): string[] {
  const named = groups.flatMap(({ results }) =>
    results.filter(({ judgement }) => judgements.includes(judgement)).map(({ name }) => name),
  );
  return [...new Set(named)];
}
