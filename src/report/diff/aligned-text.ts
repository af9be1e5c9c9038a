/** The aligned comparison for a terminal. */
import type { AlignedDiff } from '../../diff/aligned/aligned-diff.js';
import { count } from '../../diff/number-text.js';
import type { Pair } from '../../diff/side.js';
import {
  alignedBy,
  changedLines,
  flowSummary,
  flowView,
  FUNCTION_COLUMNS,
  functionRow,
  outputText,
  variableText,
} from '../../views/diff/aligned-words.js';
import { printable } from '../../base/printable.js';
import { fit, wrap } from '../layout.js';
import type { Paints } from './paints.js';
import type { ContextLine } from '../../views/diff/words.js';

const MAX_FUNCTIONS = 25;
const MAX_CHANGES = 12;
const MAX_CALLS = 15;
const MAX_OTHERS = 8;
const WIDTHS = [16, 15, 19, 19, 9];

export function alignedText(pair: Pair, aligned: AlignedDiff, paints: Paints): string[] {
  return [
    ...wrap('', alignedBy(aligned)),
    '',
    ...flowLines(pair, aligned, paints),
    ...outputLines(pair, aligned, paints),
    ...functionLines(aligned, paints),
    ...changeLines(aligned, paints),
    ...callLines(aligned, paints),
    ...memoryLines(aligned, paints),
  ];
}

function flowLines(pair: Pair, aligned: AlignedDiff, { strong, faint }: Paints): string[] {
  const view = flowView(pair, aligned);
  if (view === undefined) {
    const [first, ...more] = wrap('control flow: ', flowSummary(aligned), '  ');
    return [first!.replace('control flow', strong('control flow')), ...more, ''];
  }
  const side = (line: ContextLine | undefined): string =>
    line === undefined ? '' : `${fit(printable(line.place), 16)} ${printable(line.text)}`;
  const rows = Array.from({ length: Math.max(view.a.length, view.b.length) }, (_, i) =>
    faint(`  ${fit(side(view.a[i]), 39)}${fit(side(view.b[i]), 39)}`.trimEnd()),
  );
  return [strong('control flow'), ...wrap('  ', printable(view.summary)), '', ...rows, ''];
}

function outputLines(pair: Pair, { outputs }: AlignedDiff, { strong, change }: Paints): string[] {
  const { same, differences } = outputs;
  if (differences.length === 0) {
    return [`${strong('output')}: the same (${count(same, 'stream')})`, ''];
  }
  return [
    strong('output'),
    ...differences
      .slice(0, MAX_OTHERS)
      .flatMap((each) => wrap('* ', printable(outputText(pair, each)), '    ').map(change)),
    ...rest(differences.length, MAX_OTHERS, 'stream'),
    '',
  ];
}

function functionLines(aligned: AlignedDiff, { strong }: Paints): string[] {
  const { functions, functionsSame } = aligned;
  if (functions.length === 0)
    return [`${strong('functions')}: all ${functionsSame} took the same steps`];
  const row = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => fit(printable(cell), WIDTHS[i]!)).join('')}`.trimEnd();
  return [
    strong(row(FUNCTION_COLUMNS)),
    ...functions.slice(0, MAX_FUNCTIONS).map((each) => row(functionRow(each))),
    ...rest(functions.length, MAX_FUNCTIONS, 'function'),
    `  ${count(functionsSame, 'other function')} took the same steps; * other code`,
  ];
}

function changeLines({ functions }: AlignedDiff, { strong }: Paints): string[] {
  const lines = functions.flatMap(changedLines);
  if (lines.length === 0) return [];
  return [
    '',
    strong('code that changed'),
    ...lines.slice(0, MAX_CHANGES).flatMap((each) => wrap('  ', printable(each), '    ')),
    ...rest(lines.length, MAX_CHANGES, 'instruction'),
  ];
}

function callLines({ calls }: AlignedDiff, { strong }: Paints): string[] {
  if (calls.length === 0) return [];
  return [
    '',
    strong('calls that came or went'),
    ...calls
      .slice(0, MAX_CALLS)
      .map(({ caller, callee, a, b }) =>
        `  ${printable(`${caller} -> ${callee}`)}: ${a} -> ${b}`.slice(0, 80),
      ),
    ...rest(calls.length, MAX_CALLS, 'call'),
  ];
}

function memoryLines({ memory }: AlignedDiff, { strong }: Paints): string[] {
  if (memory === undefined)
    return ['', `${strong('memory at the end')}: not compared, for want of symbols`];
  const { differences, compared, onlyA, onlyB } = memory;
  const lines = [
    ...differences
      .slice(0, MAX_OTHERS)
      .flatMap((each) => wrap('* ', printable(variableText(each)), '    ')),
    ...rest(differences.length, MAX_OTHERS, 'variable'),
    ...(onlyA.length > 0 ? wrap('  ', printable(`only in a: ${onlyA.join(', ')}`)) : []),
    ...(onlyB.length > 0 ? wrap('  ', printable(`only in b: ${onlyB.join(', ')}`)) : []),
  ];
  const head = strong('memory at the end');
  if (lines.length === 0) return ['', `${head}: the same in ${count(compared, 'variable')}`];
  return ['', head, ...lines];
}

function rest(all: number, shown: number, what: string): string[] {
  return all > shown ? [`  … and ${count(all - shown, `more ${what}`)}`] : [];
}
