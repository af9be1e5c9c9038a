/** The comparison of two builds: by symbols, calls and blocks, not by addresses. */
import type { Cut } from './cut.js';
import { stopOf, wasStopped } from '../exact/ends.js';
import { Side, type Pair } from '../side.js';
import { align, type Alignment, type SideAlignment } from './alignment/alignment.js';
import { displayNames, type DisplayNames } from './comparison/display-names.js';
import { compareFinalMemory, type FinalMemory } from './comparison/final-memory.js';
import { compareFlow, type ExtraCall, type FlowPoint, type FlowResult } from './comparison/flow.js';
import { codeCause, hasOtherCode, type CodeCause } from './cause/code-cause.js';
import type { ChangedInstruction } from './alignment/changed-code.js';
import { codeModel, type CodeModel, type ModelFunction } from './model/model.js';
import { sourceName } from './model/symbol-names.js';
import { compareOutputs, type OutputComparison } from './comparison/outputs.js';
import { profile, type FunctionSteps, type Profile } from './model/profile.js';

/** A function whose counts or code differ between the two runs. */
export interface FunctionDifference {
  readonly name: string;
  /** Undefined where it did not run. */
  readonly a: FunctionSteps | undefined;
  readonly b: FunctionSteps | undefined;
  /** The code that ran is another. */
  readonly codeChanged: boolean;
  /** The build that did not run it has it nevertheless. */
  readonly notReached: boolean;
  /** What little of the code changed; empty where much did, or it did not run on both sides. */
  readonly changes: readonly ChangedInstruction[];
}

/** How often one function calls another in either run, where the numbers differ. */
export interface CallDifference {
  readonly caller: string;
  readonly callee: string;
  readonly a: number;
  readonly b: number;
}

/** What the comparison of two builds has found. */
export interface AlignedDiff {
  readonly by: Alignment['by'];
  /** Of the steps of a, those of instructions that were aligned: 0 to 1. */
  readonly coverage: number;
  /** The same of the steps of b. */
  readonly coverageB: number;
  readonly stepsA: number;
  readonly stepsB: number;
  /** Functions whose counts or code differ, the largest change of own steps first. */
  readonly functions: readonly FunctionDifference[];
  /** Functions that are the same in everything. */
  readonly functionsSame: number;
  readonly calls: readonly CallDifference[];
  readonly outputs: OutputComparison;
  readonly memory: FinalMemory | undefined;
  readonly flow: FlowPoint | undefined;
  /** Where following the two side by side was given up. */
  readonly lost: FlowResult['lost'];
  /** Places at which one build goes ways that the other's code does not have. */
  readonly reshaped: number;
  readonly extraCalls: readonly ExtraCall[];
  /** One trace was compared only up to where the other was stopped. */
  readonly cut: Cut | undefined;
  /** What of the code is the cause of it all, if one thing is. */
  readonly cause: CodeCause | undefined;
  /** Functions that both builds ran and whose code is another. */
  readonly changedFunctions: number;
  /** Counts of every function, by name, for gates. */
  readonly all: readonly FunctionDifference[];
}

/**
 * Compares two builds; where one trace was stopped early, the other is cut to what both can have
 * done.
 */
export function alignedDiff(pair: Pair): AlignedDiff {
  const { diff: whole, alignment } = alignedUpTo(pair);
  const cut = cutOf(pair, whole, alignment);
  if (cut === undefined) return whole;
  // What the other one did afterwards says nothing about the two.
  const { side, step } = cut;
  using short = new Side(pair[side].path, false, step);
  const { diff } = alignedUpTo({ ...pair, [side]: short });
  return { ...diff, lost: undefined, cut, cause: diff.cause ?? whole.cause };
}

/**
 * Where one trace ends because its recorder stopped, and the other goes on: the place of the other that
 * this end is, or, after control has parted, as many steps.
 */
function cutOf({ a, b }: Pair, { flow, lost }: AlignedDiff, alignment: Alignment): Cut | undefined {
  const stoppedA = wasStopped(a) && (flow !== undefined || lost?.nextA === undefined);
  const stoppedB = wasStopped(b) && (flow !== undefined || lost?.nextB === undefined);
  const stepA = flow?.decisionA ?? flow?.stepA ?? lost?.stepA;
  const stepB = flow?.decisionB ?? flow?.stepB ?? lost?.stepB;
  if (stepA === undefined || stepB === undefined) return undefined;
  const parted = flow !== undefined;
  const endOfB = parted
    ? stepA + b.stepCount - stepB
    : lastTogether(a, alignment.a, stepA, b.stepCount - stepB);
  if (stoppedB && endOfB < a.stepCount) {
    return { side: 'a', step: endOfB, ended: b.stepCount, reason: stopOf(b), parted };
  }
  const endOfA = parted
    ? stepB + a.stepCount - stepA
    : lastTogether(b, alignment.b, stepB, a.stepCount - stepA);
  if (stoppedA && endOfA < b.stepCount) {
    return { side: 'b', step: endOfA, ended: a.stepCount, reason: stopOf(a), parted };
  }
  return undefined;
}

/** The step up to which a trace runs, from a step on, what the other one ran too; not far from there. */
function lastTogether(
  side: Side,
  { counterpart }: SideAlignment,
  from: number,
  count: number,
): number {
  const end = Math.min(side.stepCount, from + count);
  const ids = side.file.code.ids(from, Math.min(end, from + MAX_TAIL));
  const alone = ids.findIndex((id) => counterpart[id] === -1);
  return alone < 0 ? end : from + alone;
}

/** Steps behind the last block that both began. */
const MAX_TAIL = 65_536;

function alignedUpTo(pair: Pair): { readonly diff: AlignedDiff; readonly alignment: Alignment } {
  const { a, b } = pair;
  const [modelA, modelB] = models(a, b);
  const profileA = profile(modelA);
  const profileB = profile(modelB);
  const alignment = align(modelA, modelB, { a: profileA, b: profileB });
  const names = displayNames(alignment, modelA, modelB);
  const all = functionDifferences(alignment, names, [modelA, modelB], profileA, profileB);
  const outputs = compareOutputs(a, b);
  const memory = compareFinalMemory(modelA, modelB, names);
  const [buildA, buildB] = [
    { model: modelA, profile: profileA },
    { model: modelB, profile: profileB },
  ];
  const showsMore = outputs.differences.length + (memory?.differences.length ?? 0) > 0;
  const flow = compareFlow(buildA, buildB, alignment, showsMore);
  const cause = codeCause({
    ...{ pair, a: buildA, b: buildB, alignment, names, showsMore },
    ...{ flow: flow.first, outputs: outputs.differences },
  });
  const functions = all
    .filter((each) => each.codeChanged || !sameSteps(each.a, each.b))
    .sort((x, y) => weight(y) - weight(x) || (x.name < y.name ? -1 : 1));
  const diff: AlignedDiff = {
    by: alignment.by,
    coverage: coverage(alignment.a, profileA),
    coverageB: coverage(alignment.b, profileB),
    stepsA: a.stepCount,
    stepsB: b.stepCount,
    functions,
    functionsSame: all.length - functions.length,
    calls: callDifferences(names, profileA, profileB),
    outputs,
    memory,
    flow: flow.first,
    lost: flow.lost,
    reshaped: flow.reshaped,
    extraCalls: flow.extraCalls,
    cause,
    changedFunctions: alignment.matches.filter(hasOtherCode).length,
    cut: undefined,
    all,
  };
  return { diff, alignment };
}

/** Where one trace alone has symbols, both are taken as if they had none. */
function models(a: Side, b: Side): [CodeModel, CodeModel] {
  const [modelA, modelB] = [codeModel(a), codeModel(b)];
  if (modelA.named === modelB.named) return [modelA, modelB];
  return [codeModel(a, true), codeModel(b, true)];
}

function functionDifferences(
  { matches, onlyA, onlyB }: Alignment,
  names: DisplayNames,
  [modelA, modelB]: readonly [CodeModel, CodeModel],
  a: Profile,
  b: Profile,
): FunctionDifference[] {
  const [inA, inB] = [functionsIn(modelA), functionsIn(modelB)];
  const isIn = ({ symbol }: ModelFunction, others: ReadonlySet<string>): boolean =>
    symbol !== undefined && others.has(sourceName(symbol));
  return [
    ...matches.map((match) => ({
      name: names.a[match.a.index]!,
      a: a.functions[match.a.index],
      b: b.functions[match.b.index],
      codeChanged: !match.identical,
      notReached: false,
      changes: match.changes,
    })),
    ...onlyA.map((each) => ({
      name: names.a[each.index]!,
      a: a.functions[each.index],
      b: undefined,
      codeChanged: !isIn(each, inB),
      notReached: isIn(each, inB),
      changes: [],
    })),
    ...onlyB.map((each) => ({
      name: names.b[each.index]!,
      a: undefined,
      b: b.functions[each.index],
      codeChanged: !isIn(each, inA),
      notReached: isIn(each, inA),
      changes: [],
    })),
  ];
}

/** Names in the source of all functions of the image, whether or not they ran. */
function functionsIn({ named, side }: CodeModel): Set<string> {
  const functions = named ? side.file.symbols.symbols : [];
  return new Set(
    functions.flatMap(({ kind, name }) => (kind === 'function' ? [sourceName(name)] : [])),
  );
}

function sameSteps(a: FunctionSteps | undefined, b: FunctionSteps | undefined): boolean {
  return a?.calls === b?.calls && a?.own === b?.own && a?.total === b?.total;
}

function weight({ a, b }: FunctionDifference): number {
  return Math.abs((b?.own ?? 0) - (a?.own ?? 0));
}

/** Calls between two functions whose number differs. */
function callDifferences(names: DisplayNames, a: Profile, b: Profile): CallDifference[] {
  const counts = new Map<string, CallDifference>();
  const add = (from: readonly string[], { edges }: Profile, side: 'a' | 'b'): void => {
    for (const [callerIndex, row] of edges) {
      for (const [calleeIndex, count] of row) {
        const caller = from[callerIndex] ?? '(start)';
        const callee = from[calleeIndex] ?? '(start)';
        const key = `${caller}\n${callee}`;
        const known = counts.get(key) ?? { caller, callee, a: 0, b: 0 };
        counts.set(key, { ...known, [side]: known[side] + count });
      }
    }
  };
  add(names.a, a, 'a');
  add(names.b, b, 'b');
  return [...counts.values()]
    .filter((each) => each.a !== each.b)
    .sort((x, y) => Math.abs(y.b - y.a) - Math.abs(x.b - x.a));
}

/** Of the steps of a side, those whose instruction has a counterpart. */
function coverage({ counterpart }: SideAlignment, { executions }: Profile): number {
  let aligned = 0;
  let total = 0;
  for (const [id, count] of executions.entries()) {
    total += count;
    if (counterpart[id]! >= 0) aligned += count;
  }
  return total === 0 ? 1 : aligned / total;
}
