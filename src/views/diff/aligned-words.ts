/** The aligned comparison in words and rows. */
import { bytesText, changePercent, counted, hex } from '../../base/number-text.js';
import type { AlignedDiff, FunctionDifference } from '../../diff/aligned/aligned-diff.js';
import type { OutputDifference } from '../../diff/aligned/comparison/outputs.js';
import type { VariableDifference } from '../../diff/aligned/comparison/final-memory.js';
import { percent } from '../../diff/relation.js';
import type { Pair, Side } from '../../diff/side.js';
import { stepLineOf, type ContextLine } from './words.js';

/** Where control flow parts, in words, with the steps on either side. */
export interface FlowView {
  readonly summary: string;
  readonly a: readonly ContextLine[];
  readonly b: readonly ContextLine[];
}

const AFTER = 3;
/** With less in common, what looks like another way may be a wrong alignment. */
const DOUBTFUL = 0.6;

/** By what the builds were aligned, and how much of them was. */
export function alignedBy({ by, coverage, coverageB }: AlignedDiff): string {
  const what =
    by === 'symbols'
      ? 'symbol+offset, calls and blocks'
      : 'the bytes of the code and calls (no symbols in both)';
  return `aligned by ${what}; ${percent(coverage)} of a's steps and ${percent(coverageB)} of b's have a counterpart that ran`;
}

/** The first place where control really differs. */
export function flowView(
  pair: Pair,
  { flow, coverage, coverageB }: AlignedDiff,
): FlowView | undefined {
  if (flow === undefined) return undefined;
  const { decisionA, decisionB, stepA, stepB, nextA, nextB } = flow;
  const [fromA, fromB] = [decisionA ?? stepA, decisionB ?? stepB];
  const summary =
    `at step ${fromA} | ${fromB}, ` +
    `${pair.a.whereOfStep(fromA) ?? ''} | ${pair.b.whereOfStep(fromB) ?? ''}, ` +
    `control goes on to ${wayText(pair, nextA, nextB)}` +
    (Math.max(coverage, coverageB) < DOUBTFUL
      ? '; with so little in common, it may be the two that got out of step'
      : '');
  return {
    summary,
    a: around(pair.a, fromA),
    b: around(pair.b, fromB),
  };
}

/** Where control goes on in either trace: `main+0x10 (sort.c:12) | the end`. */
export function wayText(
  { a, b }: Pair,
  nextA: number | undefined,
  nextB: number | undefined,
): string {
  return `${a.whereOfStep(nextA) ?? 'the end'} | ${b.whereOfStep(nextB) ?? 'the end'}`;
}

/** Of a flow that nowhere parts at a branch that both have. */
export function flowSummary({ lost, reshaped }: AlignedDiff): string {
  const text =
    lost === undefined
      ? 'the same ways at every branch that both builds have'
      : `followed up to step ${lost.stepA} | ${lost.stepB}, ${lost.why === 'limit' ? 'where searching on was given up: too much is unlike' : 'where nothing more is alike'}`;
  const detours = `; ${counted(reshaped, 'detour')} through code that one build alone has`;
  return reshaped === 0 ? text : text + detours;
}

function around(side: Side, step: number): ContextLine[] {
  const lines: ContextLine[] = [];
  for (let at = Math.max(0, step - AFTER); at <= step + AFTER; at++) {
    const line = stepLineOf(side, at);
    if (line !== undefined) lines.push(line);
  }
  return lines;
}

/** name, calls, own, total, change of own. */
export function functionRow({ name, a, b, codeChanged, notReached }: FunctionDifference): string[] {
  const change = (x: number | undefined, y: number | undefined): string =>
    x === y ? String(x) : `${x ?? '-'} -> ${y ?? '-'}`;
  const percent =
    notReached || (a !== undefined && b !== undefined)
      ? reachedPercent(a, b)
      : a === undefined
        ? 'appeared'
        : 'vanished';
  return [
    codeChanged && a !== undefined && b !== undefined ? `${name} *` : name,
    change(a?.calls, b?.calls),
    change(a?.own, b?.own),
    change(a?.total, b?.total),
    percent,
  ];
}

function reachedPercent(a: FunctionDifference['a'], b: FunctionDifference['b']): string {
  if (b === undefined) return 'not reached';
  return a === undefined ? 'reached' : changePercent(a.total, b.total);
}

/** `work: mov eax, 1 -> mov eax, 3`, a line for each instruction. */
export function changedLines({ name, changes }: FunctionDifference): string[] {
  return changes.map(({ a, b }) => `${name}: ${a ?? '-'} -> ${b ?? '-'}`);
}

/** Headings of the columns that `functionRow` fills. */
export const FUNCTION_COLUMNS = ['function', 'calls', 'own steps', 'total steps', 'change'];

/** A stream of output that differs, with the steps that wrote the first other byte. */
export function outputText(pair: Pair, each: OutputDifference): string {
  const { kind, address, lengthA, lengthB, common, stepA, stepB, a, b } = each;
  const where = (side: Side, step: number | undefined): string => {
    const place = side.whereOfStep(step);
    return place === undefined ? 'no more' : `step ${step}, ${place}`;
  };
  const what = kind === 'port' ? `port ${hex(address)}` : `MMIO page ${hex(address)}`;
  return (
    `${what}: ${lengthA} | ${counted(lengthB, 'byte')}, from byte ${common} on ` +
    `${shown(a)} | ${shown(b)} (${where(pair.a, stepA)} | ${where(pair.b, stepB)})`
  );
}

function shown(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  return /^[\t\n\r -~]*$/.test(text) ? JSON.stringify(text) : bytesText(bytes, 12);
}

/** A variable that differs at the end, with the first of its bytes that do. */
export function variableText(each: VariableDifference): string {
  const { name, sizeA, sizeB, offset, bytes, a, b } = each;
  const sizes = sizeA === sizeB ? '' : `, ${sizeA} -> ${sizeB} bytes long`;
  return `${name}${sizes}: ${counted(bytes, 'byte')}, from +${hex(offset)} on ${bytesText(a, 8)} | ${bytesText(b, 8)}`;
}
