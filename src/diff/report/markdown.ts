/** Markdown that fits a comment on a pull request: the verdict, the divergence, the functions. */
import type { DiffResult } from '../diff.js';
import { gateText } from '../gate.js';
import type { Pair } from '../side.js';
import {
  alignedBy,
  flowSummary,
  flowView,
  FUNCTION_COLUMNS,
  functionRow,
  outputText,
  variableText,
} from './aligned-view.js';
import type { ValueRow } from './rows.js';
import { sameLayout } from './same-layout.js';
import { safe } from './layout.js';
import { groupView, type GroupView } from './view.js';

/** GitHub's limit of a comment is 65,536 characters. */
const MAX_LENGTH = 60_000;
const MAX_GROUPS = 3;
const MAX_FUNCTIONS = 30;
const MAX_OTHERS = 10;

export function markdownReport(pair: Pair, result: DiffResult): string {
  const { exact, aligned, gates, passed } = result;
  const lines = [
    `### ${passed ? '✅' : '❌'} ${escape(result.verdict)}`,
    '',
    `\`${safe(pair.a.name)}\` (${pair.a.stepCount} steps) against \`${safe(pair.b.name)}\` (${pair.b.stepCount} steps)`,
  ];
  for (const gate of gates)
    lines.push('', `- ${gate.exceeded ? '❌' : '✅'} ${escape(gateText(gate))}`);
  if (exact !== undefined && (aligned === undefined || result.sameGuest || sameLayout(result))) {
    const views = exact.groups.map((group) => groupView(pair, group, exact));
    for (const view of views.slice(0, MAX_GROUPS)) lines.push(...groupLines(view));
    if (views.length > MAX_GROUPS) lines.push('', `… and ${views.length - MAX_GROUPS} more causes`);
    if (exact.initial.length > 0) {
      lines.push('', '**Before the first step**', '');
      for (const { name, a, b } of exact.initial.slice(0, MAX_OTHERS)) {
        lines.push(`- \`${safe(name)}\`: \`${safe(a)}\` | \`${safe(b)}\``);
      }
    }
  }
  if (aligned !== undefined) lines.push(...alignedLines(pair, result));
  const text = lines.join('\n');
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}\n\n… cut`;
}

function groupLines(view: GroupView): string[] {
  const steps = view.stepA === view.stepB ? `${view.stepA}` : `${view.stepA} | ${view.stepB}`;
  return [
    '',
    `**Step ${steps}** \`${safe(view.place)}\` \`${safe(view.instruction)}\``,
    '',
    ...table(['', 'a', 'b'], view.differences.map(valueCells)),
    '',
    `- cause: ${escape(view.cause)}`,
    `- first branch: ${escape(view.branch ?? '')}`,
    `- ${escape(view.extent)}`,
    '',
    '<details><summary>the steps before</summary>',
    '',
    '```',
    ...view.context.map(({ step, place, text }) => `${step}  ${safe(place)}  ${safe(text)}`),
    `${view.stepA}  ${safe(view.place)}  ${safe(view.instruction)}`,
    '```',
    '',
    '</details>',
  ];
}

function valueCells({ label, a, b }: ValueRow): string[] {
  return [code(label), code(a), code(b)];
}

function alignedLines(pair: Pair, { aligned }: DiffResult): string[] {
  if (aligned === undefined) return [];
  const { functions, outputs, memory, calls } = aligned;
  const flow = flowView(pair, aligned);
  return [
    '',
    `_${escape(alignedBy(aligned))}_`,
    '',
    `- control flow: ${escape(flow?.summary ?? flowSummary(aligned))}`,
    ...(outputs.differences.length === 0
      ? ['- output: the same']
      : outputs.differences
          .slice(0, MAX_OTHERS)
          .map((each) => `- output: ${escape(outputText(pair, each))}`)),
    ...(memory?.differences ?? [])
      .slice(0, MAX_OTHERS)
      .map((each) => `- memory at the end: ${escape(variableText(each))}`),
    ...calls
      .slice(0, MAX_OTHERS)
      .map(({ caller, callee, a, b }) => `- calls ${code(`${caller} → ${callee}`)}: ${a} → ${b}`),
    ...(functions.length === 0
      ? []
      : [
          '',
          ...table(
            FUNCTION_COLUMNS,
            functions.slice(0, MAX_FUNCTIONS).map((each) => functionRow(each).map(escape)),
          ),
        ]),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

/** Inline code in a table: a bar would end the cell, even there. */
function code(text: string): string {
  return text === '' ? '' : `\`${safe(text).replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

function escape(text: string): string {
  return safe(text).replaceAll(/[\\`*_<>#|[\]]/g, (character) => `\\${character}`);
}
