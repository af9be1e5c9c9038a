/** Markdown that fits a comment on a pull request: the verdict, the divergence, the functions. */
import { beginning, stepsText } from '../../diff/exact/verdict.js';
import type { DiffResult } from '../../diff/diff.js';
import { gateText } from '../../diff/gate.js';
import type { Pair } from '../../diff/side.js';
import {
  alignedBy,
  flowSummary,
  flowView,
  FUNCTION_COLUMNS,
  functionRow,
  outputText,
  variableText,
} from '../../views/diff/aligned-words.js';
import { code, folded, plain, table, within } from '../markdown-text.js';
import {
  afterText,
  causeView,
  compiledOtherwise,
  unreached,
} from '../../views/diff/cause-words.js';
import { cutText } from '../../diff/aligned/cut.js';
import type { ValueRow } from '../../diff/exact/rows.js';
import { sameLayout } from '../../views/diff/same-layout.js';
import { groupView, type GroupView } from '../../views/diff/words.js';

const MAX_GROUPS = 3;
const MAX_FUNCTIONS = 30;
const MAX_OTHERS = 10;

/** The report as Markdown, cut to what GitHub takes in a comment. */
export function markdownReport(pair: Pair, result: DiffResult): string {
  return within([
    headLines(pair, result),
    ...exactSections(pair, result),
    ...alignedSections(pair, result),
  ]);
}

function headLines({ a, b }: Pair, { verdict, passed, gates }: DiffResult): string[] {
  return [
    `### ${passed ? '✅' : '❌'} ${plain(verdict)}`,
    '',
    `${code(a.name)} (${a.stepCount} steps) against ${code(b.name)} (${b.stepCount} steps)`,
    ...gates.flatMap((gate) => ['', `- ${gate.exceeded ? '❌' : '✅'} ${plain(gateText(gate))}`]),
  ];
}

function exactSections(pair: Pair, result: DiffResult): string[][] {
  const { exact, decider } = result;
  if (exact === undefined || (decider !== 'exact' && !sameLayout(result))) return [];
  const { groups, initial } = exact;
  const sections = groups
    .slice(0, MAX_GROUPS)
    .map((group) => groupLines(groupView(pair, group, exact)));
  const left = groups.length - MAX_GROUPS;
  if (left > 0) sections.push(['', `… and ${left} more causes`]);
  if (initial.length > 0) {
    sections.push([
      ...['', `**${beginning(exact)}**`, ''],
      ...initial
        .slice(0, MAX_OTHERS)
        .map(({ name, a, b }) => `- ${code(name)}: ${code(a)} | ${code(b)}`),
    ]);
  }
  return sections;
}

function groupLines(view: GroupView): string[] {
  return [
    '',
    `**${stepsText(view).replace('s', 'S')}** ${code(view.place)}${view.source === '' ? '' : ` (${plain(view.source)})`} ${code(view.instruction)}`,
    '',
    ...table(['', 'a', 'b'], view.differences.map(valueCells)),
    '',
    `- cause: ${plain(view.cause)}`,
    `- first branch: ${plain(view.branch ?? '')}`,
    `- ${plain(view.extent)}`,
    ...folded('the steps before', [
      ...view.context.map(({ step, place, text, source }) =>
        `${step}  ${place}  ${text}  ${source}`.trimEnd(),
      ),
      `${view.stepA}  ${view.place}  ${view.instruction}  ${view.source}`.trimEnd(),
    ]),
  ];
}

function valueCells({ label, a, b }: ValueRow): string[] {
  return [code(label), code(a), code(b)];
}

function alignedSections(pair: Pair, { aligned }: DiffResult): string[][] {
  if (aligned === undefined) return [];
  const { outputs, memory, calls } = aligned;
  const functions = aligned.functions.filter(({ notReached }) => !notReached);
  const unreachedNames = [
    ...unreached(aligned.functions, 'b'),
    ...unreached(aligned.functions, 'a'),
  ];
  const flow = flowView(pair, aligned);
  const few = <T>(list: readonly T[], line: (each: T) => string): string[] =>
    list.slice(0, MAX_OTHERS).map(line);
  const view = causeView(pair, aligned);
  const cut = cutText(aligned);
  const many = compiledOtherwise(aligned);
  const after = afterText(aligned);
  const cause =
    view === undefined
      ? []
      : [
          ...['', `**Cause:** ${plain(view.title)}`, ''],
          ...table(
            ['', 'place', 'code'],
            view.code.map(({ side, place, source, text }) => [
              side,
              code(place) + (source === '' ? '' : ` (${plain(source)})`),
              code(text),
            ]),
          ),
          '',
          ...(view.calls === undefined ? [] : [`- calls: ${plain(view.calls)}`]),
          ...(view.value === undefined ? [] : [`- value: ${plain(view.value)}`]),
          `- ${aligned.cause?.leadsTo === 'output' ? 'output' : 'branch'}: ${plain(view.end)}`,
          ...(after.length === 0 ? [] : [`- then: ${plain(after.join('; '))}`]),
          ...folded(
            'the way there',
            view.way.map(({ step, place, text, value, source }) =>
              `${step}  ${place}  ${text}  ${value}  ${source}`.trimEnd(),
            ),
          ),
        ];
  const facts = [
    ...(cut === undefined ? [] : ['', plain(cut)]),
    ...(many === undefined ? [] : ['', plain(many)]),
    ...cause,
    '',
    `_${plain(alignedBy(aligned))}_`,
    '',
    `- control flow: ${plain(flow?.summary ?? flowSummary(aligned))}`,
    ...(outputs.differences.length === 0
      ? ['- output: the same']
      : few(outputs.differences, (each) => `- output: ${plain(outputText(pair, each))}`)),
    ...few(
      memory?.differences ?? [],
      (each) => `- memory at the end: ${plain(variableText(each))}`,
    ),
    ...few(
      calls,
      ({ caller, callee, a, b }) => `- calls ${code(`${caller} → ${callee}`)}: ${a} → ${b}`,
    ),
  ];
  if (unreachedNames.length > 0)
    facts.push(
      ...folded(`${unreachedNames.length} functions that one run alone reaches`, unreachedNames),
    );
  if (functions.length === 0) return [facts];
  const rows = functions.slice(0, MAX_FUNCTIONS).map((each) => functionRow(each).map(plain));
  return [facts, ['', ...table(FUNCTION_COLUMNS, rows)]];
}
