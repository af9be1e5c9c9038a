/** The aligned comparison for a terminal. */
import { counted } from '../../base/number-text.js';
import type { AlignedDiff } from '../../diff/aligned/aligned-diff.js';
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
import {
  afterText,
  causeView,
  compiledOtherwise,
  unreached,
} from '../../views/diff/cause-words.js';
import { cutText } from '../../diff/aligned/cut.js';
import { COLUMNS, fit, wrap } from '../layout.js';
import { codeText } from './code-text.js';
import type { Paints } from './paints.js';
import type { ContextLine } from '../../views/diff/words.js';

/** Lines of each kind; `folded`: names of functions that are not reached. */
const Most = { functions: 25, changes: 12, calls: 15, folded: 6, others: 8 } as const;
const WIDTHS = [16, 15, 19, 19, 9];

/** The aligned comparison as lines, the cause first. */
export function alignedText(pair: Pair, aligned: AlignedDiff, paints: Paints): string[] {
  return [
    ...causeLines(pair, aligned, paints),
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

/** What is to be known first: the code that is another, and what came of it. */
function causeLines(pair: Pair, aligned: AlignedDiff, { strong, faint, change }: Paints): string[] {
  const cut = cutText(aligned);
  const cutLines = cut === undefined ? [] : [...wrap('', printable(cut)), ''];
  const view = causeView(pair, aligned);
  if (view === undefined) {
    const many = compiledOtherwise(aligned);
    return many === undefined ? cutLines : [...cutLines, ...wrap('code: ', many, '  '), ''];
  }
  const indent = ' '.repeat(10);
  const item = (name: string, text: string): string[] =>
    wrap(`  ${name.padEnd(8)}`, printable(text), indent);
  const width = Math.max(0, ...view.way.map(({ step }) => String(step).length));
  const after = afterText(aligned);
  return [
    ...cutLines,
    strong('cause'),
    ...wrap('  ', printable(view.title)),
    ...view.code.map(({ side, place, ...line }) =>
      change(`    ${side}  ${fit(printable(place), 22)} ${codeText(line)}`.slice(0, COLUMNS)),
    ),
    ...(view.calls === undefined ? [] : item('calls', view.calls)),
    ...(view.value === undefined ? [] : item('value', view.value)),
    ...view.way.flatMap(({ step, place, value, ...line }, i) => [
      faint(
        `  ${(i === 0 ? 'way' : '').padEnd(8)}${String(step).padStart(width)}  ${fit(printable(place), 28)}${codeText(line)}`.slice(
          0,
          COLUMNS,
        ),
      ),
      ...(value === ''
        ? []
        : [`${indent}${' '.repeat(width)}    ${printable(value)}`.slice(0, COLUMNS)]),
    ]),
    ...item(aligned.cause?.leadsTo === 'output' ? 'output' : 'branch', view.end),
    ...(after.length === 0 ? [] : item('then', after.join('; '))),
    '',
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
    return [`${strong('output')}: the same (${counted(same, 'stream')})`, ''];
  }
  return [
    strong('output'),
    ...differences
      .slice(0, Most.others)
      .flatMap((each) => wrap('* ', printable(outputText(pair, each)), '    ').map(change)),
    ...rest(differences.length, Most.others, 'stream'),
    '',
  ];
}

function functionLines(aligned: AlignedDiff, { strong }: Paints): string[] {
  const { functionsSame } = aligned;
  // Folded: they say no more than the branch that went past them.
  const functions = aligned.functions.filter(({ notReached }) => !notReached);
  const folded = [
    ...foldedLine('no longer reached', unreached(aligned.functions, 'b')),
    ...foldedLine('reached now', unreached(aligned.functions, 'a')),
  ];
  if (functions.length + folded.length === 0)
    return [`${strong('functions')}: all ${functionsSame} took the same steps`];
  const row = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => fit(printable(cell), WIDTHS[i]!)).join('')}`.trimEnd();
  return [
    strong(row(FUNCTION_COLUMNS)),
    ...functions.slice(0, Most.functions).map((each) => row(functionRow(each))),
    ...rest(functions.length, Most.functions, 'function'),
    ...folded,
    `  ${counted(functionsSame, 'other function')} took the same steps; * other code`,
  ];
}

function foldedLine(what: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const some = names.slice(0, Most.folded).join(', ');
  const more = names.length > Most.folded ? ', …' : '';
  return wrap(
    '  ',
    printable(`${counted(names.length, 'function')} ${what}: ${some}${more}`),
    '    ',
  );
}

function changeLines({ functions }: AlignedDiff, { strong }: Paints): string[] {
  const lines = functions.flatMap(changedLines);
  if (lines.length === 0) return [];
  return [
    '',
    strong('code that changed'),
    ...lines.slice(0, Most.changes).flatMap((each) => wrap('  ', printable(each), '    ')),
    ...rest(lines.length, Most.changes, 'instruction'),
  ];
}

function callLines(aligned: AlignedDiff, { strong }: Paints): string[] {
  const folded = new Set(['a', 'b'].flatMap((side) => unreached(aligned.functions, side as 'a')));
  const calls = aligned.calls.filter(
    ({ caller, callee }) => !folded.has(caller) && !folded.has(callee),
  );
  const left = aligned.calls.length - calls.length;
  if (aligned.calls.length === 0) return [];
  return [
    '',
    strong('calls that came or went'),
    ...calls
      .slice(0, Most.calls)
      .map(({ caller, callee, a, b }) =>
        `  ${printable(`${caller} -> ${callee}`)}: ${a} -> ${b}`.slice(0, 80),
      ),
    ...rest(calls.length, Most.calls, 'call'),
    ...(left === 0
      ? []
      : [`  and ${counted(left, 'call')} of or by functions that one run alone reaches`]),
  ];
}

function memoryLines({ memory }: AlignedDiff, { strong }: Paints): string[] {
  if (memory === undefined)
    return ['', `${strong('memory at the end')}: not compared, for want of symbols`];
  const { differences, compared, onlyA, onlyB } = memory;
  const lines = [
    ...differences
      .slice(0, Most.others)
      .flatMap((each) => wrap('* ', printable(variableText(each)), '    ')),
    ...rest(differences.length, Most.others, 'variable'),
    ...(onlyA.length > 0 ? wrap('  ', printable(`only in a: ${onlyA.join(', ')}`)) : []),
    ...(onlyB.length > 0 ? wrap('  ', printable(`only in b: ${onlyB.join(', ')}`)) : []),
  ];
  const head = strong('memory at the end');
  if (lines.length === 0) return ['', `${head}: the same in ${counted(compared, 'variable')}`];
  return ['', head, ...lines];
}

function rest(all: number, shown: number, what: string): string[] {
  return all > shown ? [`  … and ${counted(all - shown, `more ${what}`)}`] : [];
}
