/** The report for a terminal: the verdict in the first line, the rest in 80 columns. */
import { counted } from '../../base/number-text.js';
import { beginning, hiddenText, stepsText } from '../../diff/exact/verdict.js';
import type { DiffResult } from '../../diff/diff.js';
import { gateText } from '../../diff/gate.js';
import type { Pair, Side } from '../../diff/side.js';
import { alignedText } from './aligned-text.js';
import { codeText } from './code-text.js';
import type { Paints } from './paints.js';
import { sameLayout } from '../../views/diff/same-layout.js';
import { printable } from '../../base/printable.js';
import { COLUMNS, fit, wrap } from '../layout.js';
import type { ValueRow } from '../../diff/exact/rows.js';
import { groupText, groupView, type ContextLine, type GroupView } from '../../views/diff/words.js';

/** Causes that are shown in full; of the others there is a line each. */
const FULL_GROUPS = 3;
const LABEL = 24;
const VALUE = 26;

/** The report as lines, the verdict first. */
export function textReport(pair: Pair, result: DiffResult, paints: Paints): string[] {
  const { exact, aligned, gates } = result;
  // However long: a script takes the first line for all of it.
  const lines = [paints.strong(printable(result.verdict)), '', ...sides(pair, result)];
  if (result.refused) return [...lines, '', ...REFUSED];
  // Of two builds, whose addresses differ, the first step that differs says little.
  if (exact !== undefined && (result.decider === 'exact' || sameLayout(result))) {
    for (const [i, group] of exact.groups.entries()) {
      const view = groupView(pair, group, exact);
      lines.push('', ...(i < FULL_GROUPS ? fullGroup(view, paints, i === 0) : shortGroup(view)));
    }
    lines.push(...initialLines(result, paints), ...noteLines(result));
  }
  if (aligned !== undefined) lines.push('', ...alignedText(pair, aligned, paints));
  if (gates.length > 0) {
    lines.push('', paints.strong('limits'));
    for (const gate of gates)
      lines.push(...wrap(gate.exceeded ? '* ' : '  ', printable(gateText(gate)), '    '));
  }
  return lines.map((line) => line.trimEnd());
}

/** What to do where two programs were given. */
const REFUSED = [
  '  --mode exact compares them step by step, --mode aligned function by function,',
  '  whatever they have in common.',
];

function sides({ a, b }: Pair, { sameGuest, exact }: DiffResult): string[] {
  const guests = sameGuest ? [] : [`  other guests: sha256 ${shortHash(a)} | ${shortHash(b)}`];
  const files = a.path === b.path ? [a] : [a, b];
  const altered = files.flatMap(({ file, name, complete }) =>
    exact === undefined || file.unaltered || !complete
      ? []
      : wrap(
          '  ',
          printable(
            `${name} is not as it was recorded, or by an older kvmtrace: compared row by row`,
          ),
        ),
  );
  const describe = (side: Side): string =>
    `${fit(side.name, 28)} ${counted(side.stepCount, 'step')}, ${side.meta('stop_reason') ?? 'incomplete'}`;
  return [
    `  a  ${printable(describe(a))}`,
    `  b  ${printable(describe(b))}`,
    ...guests,
    ...altered,
  ];
}

/** As much of the hash of the guest's image as tells two of them apart. */
function shortHash(side: Side): string {
  return printable((side.meta('guest_sha256') ?? 'not known').slice(0, 16));
}

function fullGroup(view: GroupView, paints: Paints, withRegisters: boolean): string[] {
  const width = String(view.stepA).length;
  const { stepA: step, place, instruction: text, source } = view;
  const own: ContextLine = { step, place, text, source };
  const shown = new Set(view.differences.map(({ label }) => label));
  const rest = withRegisters ? view.registers.filter(({ label }) => !shown.has(label)) : [];
  return [
    paints.strong(stepsText(view)),
    ...view.context.map((line) => paints.faint(stepLine(line, width, ' '))),
    stepLine(own, width, '>'),
    '',
    `    ${fit('', LABEL)}${fit('a', VALUE)}b`,
    ...view.differences.map((row) => valueLine(row, paints)),
    ...rest.map((row) => valueLine(row, paints)),
    '',
    ...wrap('  cause   ', printable(view.cause), ' '.repeat(10)),
    ...wayLines(view, width, paints),
    ...wrap('  branch  ', printable(view.branch ?? ''), ' '.repeat(10)),
    ...afterLines(view),
    ...wrap('  extent  ', view.extent, ' '.repeat(10)),
  ];
}

function shortGroup(view: GroupView): string[] {
  return [
    ...wrap('', printable(groupText(view)), '  '),
    ...wrap('  cause   ', printable(view.cause), ' '.repeat(10)),
  ];
}

function stepLine(line: ContextLine, width: number, mark: string): string {
  return `  ${mark} ${String(line.step).padStart(width)}  ${fit(printable(line.place), 26)}  ${codeText(line)}`.slice(
    0,
    COLUMNS,
  );
}

function valueLine({ label, a, b, differs }: ValueRow, paints: Paints): string {
  const line = `  ${differs ? '*' : ' '} ${fit(printable(label), LABEL)}${fit(printable(a), VALUE)}${fit(printable(b), VALUE)}`;
  return differs ? paints.change(line.trimEnd()) : line;
}

function wayLines({ path }: GroupView, width: number, paints: Paints): string[] {
  if (path.length < 2) return [];
  return path.map((line, i) =>
    paints.faint(
      (i === 0 ? '  way   ' : '        ') + stepLine(line, width, ' ').slice(2, COLUMNS - 8),
    ),
  );
}

function afterLines({ after }: GroupView): string[] {
  const half = (COLUMNS - 12) / 2;
  const side = (line: ContextLine | undefined): string =>
    line === undefined ? '' : `${fit(printable(line.place), 14)} ${printable(line.text)}`;
  return after.map(({ a, b }) => `          ${fit(side(a), half)}${fit(side(b), half)}`);
}

function initialLines({ exact }: DiffResult, paints: Paints): string[] {
  if (exact === undefined || exact.initial.length === 0) return [];
  const shown = exact.initial.slice(0, 16);
  const more = exact.initial.length - shown.length;
  return [
    '',
    paints.strong(beginning(exact)),
    ...shown.flatMap(({ name, a, b }) =>
      wrap('  * ', printable(`${name}: ${a} | ${b}`)).map(paints.change),
    ),
    ...(more > 0 ? [`    … and ${more} more`] : []),
  ];
}

function noteLines({ exact }: DiffResult): string[] {
  const notes: string[] = [];
  if (exact === undefined) return notes;
  const { ignored, hidden, machine, notCompared } = exact;
  if (machine.length > 0) {
    const names = machine.map(({ name }) => name).join(', ');
    notes.push(`other machines: they began with other values of ${names}`);
  }
  if (ignored.length > 0) {
    const kinds = [
      ...new Set(ignored.map(({ kind, what }) => (kind === 'undefined-flags' ? kind : what))),
    ];
    notes.push(`ignored: ${kinds.join(', ')} (${counted(ignored.length, 'source')})`);
  }
  if (hidden.length > 0) {
    notes.push(`not shown, for it differs because of what is ignored: ${hiddenText(exact)}`);
  }
  if (notCompared.length > 0) {
    const some = notCompared.slice(0, 6).join(', ');
    notes.push(
      `only one trace records ${counted(notCompared.length, 'register')}, not compared: ${some}${notCompared.length > 6 ? ' …' : ''}`,
    );
  }
  return notes.length === 0
    ? []
    : ['', ...notes.flatMap((note) => wrap('  ', printable(note), '  '))];
}
