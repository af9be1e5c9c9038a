/** What a comparison found, in words: the material of every report. */
import { counted } from '../../base/number-text.js';
import { beginning, stepsText } from '../../diff/exact/verdict.js';
import type { Cause } from '../../diff/dataflow/cause.js';
import type { Divergence, DivergenceGroup, ExactDiff } from '../../diff/exact/result.js';
import type { Pair, Side } from '../../diff/side.js';
import { differenceRow, registerRows, type ValueRow } from '../../diff/exact/rows.js';

/** A step as a line of context. */
export interface ContextLine {
  readonly step: number;
  readonly place: string;
  readonly text: string;
  /** `sort.c:12`; empty where the trace has no source lines. */
  readonly source: string;
}

/** What the two sides run at a step; undefined where that side has ended. */
export interface StepLine {
  readonly a: ContextLine | undefined;
  readonly b: ContextLine | undefined;
}

/** A divergence and its cause, in words. */
export interface GroupView {
  /** `port 0x3f8 gave 61 'a' | 62 'b'`. */
  readonly title: string;
  readonly stepA: number;
  readonly stepB: number;
  readonly place: string;
  /** Likewise its source line, or nothing. */
  readonly source: string;
  readonly instruction: string;
  /** Address of the instruction, where there is one. */
  readonly address: bigint | undefined;
  /** Steps that both ran before. */
  readonly context: readonly ContextLine[];
  /** What differs. */
  readonly differences: readonly ValueRow[];
  /** All general registers after the step. */
  readonly registers: readonly ValueRow[];
  readonly cause: string;
  /** The way from the cause to the first branch. */
  readonly path: readonly ContextLine[];
  /** The first branch that it decides. */
  readonly branch: string | undefined;
  /** What runs after the branch. */
  readonly after: readonly StepLine[];
  readonly extent: string;
}

/** Steps shown before a divergence, and after a branch on either side. */
const CONTEXT_STEPS = 5;
const AFTER_STEPS = 4;
/** Steps of the way to a branch that are shown. */
const PATH_STEPS = 8;

/** A divergence in words, with the steps around it. */
export function groupView(pair: Pair, group: DivergenceGroup, exact: ExactDiff): GroupView {
  const { first, cause, branch } = group;
  const { stepA, stepB } = first;
  const instruction = pair.a.instruction(stepA);
  const address = instruction?.address;
  const rows = first.differences.map((difference) => differenceRow(difference, pair));
  return {
    title: title(first, rows),
    stepA,
    stepB,
    place: address === undefined ? 'the initial state' : pair.a.place(address),
    source: address === undefined ? '' : pair.a.source(address),
    instruction: instruction?.text ?? '',
    address,
    context: lines(pair.a, Math.max(0, stepA - CONTEXT_STEPS), stepA),
    differences: rows,
    registers: registerRows(pair, stepA, stepB),
    cause: causeText(pair, cause, exact),
    path: pathLines(pair, group, exact),
    branch: branchText(pair, group, exact),
    after: branch === undefined ? [] : afterLines(pair, branch.stepA, branch.stepB),
    extent: extentText(group),
  };
}

function title({ stepA }: Divergence, rows: readonly ValueRow[]): string {
  const [row] = rows;
  if (row === undefined) return `step ${stepA}`;
  const more = rows.length > 1 ? `, and ${counted(rows.length - 1, 'more', 'more')}` : '';
  return `${row.label} ${row.a} | ${row.b}${more}`;
}

/** `step 12 (main+0x10, sort.c:12): rax 0x1 | 0x2`: a divergence in a line. */
export function groupText(view: GroupView): string {
  const { place, source, title } = view;
  return `${stepsText(view)} (${place}${source === '' ? '' : `, ${source}`}): ${title}`;
}

/** A step of one side as a line; undefined beyond its end. */
export function stepLineOf(side: Side, step: number): ContextLine | undefined {
  const instruction = side.instruction(step);
  if (instruction === undefined) return undefined;
  const { address, text } = instruction;
  return { step, place: side.place(address), text, source: side.source(address) };
}

function lines(side: Side, from: number, to: number): ContextLine[] {
  const result: ContextLine[] = [];
  for (let step = from; step < to; step++) {
    const each = stepLineOf(side, step);
    if (each !== undefined) result.push(each);
  }
  return result;
}

function afterLines({ a, b }: Pair, stepA: number, stepB: number): StepLine[] {
  return Array.from({ length: AFTER_STEPS }, (_, i) => ({
    a: stepLineOf(a, stepA + 1 + i),
    b: stepLineOf(b, stepB + 1 + i),
  })).filter((each) => each.a !== undefined || each.b !== undefined);
}

function causeText(pair: Pair, cause: Cause, exact: ExactDiff): string {
  const { kind, stepA, what, a, b } = cause;
  const steps = stepsText(cause);
  const where = (): string => {
    const place = pair.a.whereOfStep(stepA);
    return place === undefined ? steps : `${steps}, ${place}`;
  };
  switch (kind) {
    case 'input':
      return `input: ${what} gave ${a} | ${b} at ${where()}`;
    case 'interrupt':
      return `interrupt: ${a} | ${b} at ${where()}`;
    case 'initial-memory':
      return `initial memory: ${what} is ${a} | ${b} ${beginning(exact)}`;
    case 'initial-register':
      return `initial register: ${what} is ${a} | ${b} ${beginning(exact)}`;
    case 'set':
      return `--set ${what}: ${a} | ${b} ${beginning(exact)}`;
    case 'code':
      return `other ${what}: ${a} | ${b}`;
    case 'undefined-flags':
      return `flags that ${what} leaves undefined, at ${where()}`;
    case 'ignored-register':
    case 'ignored-memory':
      return `${what}, which is ignored, and differs from ${where()} on`;
    case 'end':
      return `the end of the trace: ${a} | ${b}`;
    case 'unexplained':
      return cause.sourcesEqual === true
        ? `nothing that the traces hold: all that ${what} reads is equal, at ${where()}, so the machines do not compute alike`
        : `unknown: of what ${what} is known to read nothing differs, at ${where()}, but it may read more`;
  }
}

function pathLines(pair: Pair, { branch }: DivergenceGroup, { start }: ExactDiff): ContextLine[] {
  if (branch === undefined) return [];
  const steps = branch.path.map(({ stepA }) => stepA).filter((step) => step >= start.stepA);
  const shown =
    steps.length <= PATH_STEPS
      ? steps
      : [...steps.slice(0, PATH_STEPS / 2), ...steps.slice(-PATH_STEPS / 2)];
  return [...new Set(shown)].flatMap((step) => stepLineOf(pair.a, step) ?? []);
}

function branchText(
  pair: Pair,
  { cause, branch, first }: DivergenceGroup,
  { followedTo }: ExactDiff,
): string | undefined {
  if (cause.kind === 'end') return 'decides none: it is the trace that ends';
  if (branch === undefined) {
    return followedTo === undefined
      ? 'decides no branch up to the end'
      : `decides no branch up to step ${followedTo}`;
  }
  const { stepA, nextA, nextB, resync } = branch;
  const at = pair.a.instruction(stepA);
  const text = at === undefined ? '' : `${pair.a.where(at.address)}: ${at.text}`;
  const goes = (side: Side, next: bigint | undefined): string =>
    next === undefined ? 'the end of the trace' : side.where(next);
  const far = stepA - first.stepA;
  const later = far === 0 ? '' : ` (${counted(far, 'step')} later)`;
  const steps = stepsText(branch);
  const again =
    resync === undefined
      ? 'they do not run together again'
      : `together again at step ${resync.stepA} | ${resync.stepB}`;
  return `${steps}${later}, ${text}, goes to ${goes(pair.a, nextA)} | ${goes(pair.b, nextB)}; ${again}`;
}

function extentText({ steps, branches }: DivergenceGroup): string {
  return `${counted(steps, 'step')} and ${counted(branches, 'branch', 'branches')} differ because of it`;
}
