/** The comparison of two builds: by symbols, calls and blocks, not by addresses. */
import type { Pair, Side } from '../side.js';
import { align, type Alignment } from './alignment/alignment.js';
import { displayNames, type DisplayNames } from './comparison/display-names.js';
import { compareFinalMemory, type FinalMemory } from './comparison/final-memory.js';
import { compareFlow, type ExtraCall, type FlowPoint, type FlowResult } from './comparison/flow.js';
import type { ChangedInstruction } from './alignment/changed-code.js';
import { codeModel, type CodeModel } from './model/model.js';
import { compareOutputs, type OutputComparison } from './comparison/outputs.js';
import { profile, type FunctionSteps, type Profile } from './model/profile.js';

export interface FunctionDifference {
  readonly name: string;
  /** Undefined where it did not run. */
  readonly a: FunctionSteps | undefined;
  readonly b: FunctionSteps | undefined;
  /** The code that ran is another. */
  readonly codeChanged: boolean;
  /** What little of the code changed; empty where much did, or it did not run on both sides. */
  readonly changes: readonly ChangedInstruction[];
}

export interface CallDifference {
  readonly caller: string;
  readonly callee: string;
  readonly a: number;
  readonly b: number;
}

export interface AlignedDiff {
  readonly by: Alignment['by'];
  /** Of the steps of a, those of instructions that were aligned: 0 to 1. */
  readonly coverage: number;
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
  /** Counts of every function, by name, for gates. */
  readonly all: readonly FunctionDifference[];
}

export function alignedDiff({ a, b }: Pair): AlignedDiff {
  const [modelA, modelB] = models(a, b);
  const profileA = profile(modelA);
  const profileB = profile(modelB);
  const alignment = align(modelA, modelB, { a: profileA, b: profileB });
  const names = displayNames(alignment, modelA, modelB);
  const all = functionDifferences(alignment, names, profileA, profileB);
  const outputs = compareOutputs(a, b);
  const memory = compareFinalMemory(modelA, modelB, names);
  const flow = compareFlow(
    { model: modelA, profile: profileA },
    { model: modelB, profile: profileB },
    alignment,
    outputs.differences.length + (memory?.differences.length ?? 0) > 0,
  );
  const functions = all
    .filter((each) => each.codeChanged || !sameSteps(each.a, each.b))
    .sort((x, y) => weight(y) - weight(x) || (x.name < y.name ? -1 : 1));
  return {
    by: alignment.by,
    coverage: coverage(alignment, profileA),
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
    all,
  };
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
  a: Profile,
  b: Profile,
): FunctionDifference[] {
  return [
    ...matches.map((match) => ({
      name: names.a[match.a.index]!,
      a: a.functions[match.a.index],
      b: b.functions[match.b.index],
      codeChanged: !match.identical,
      changes: match.changes,
    })),
    ...onlyA.map(({ index }) => ({
      name: names.a[index]!,
      a: a.functions[index],
      b: undefined,
      codeChanged: true,
      changes: [],
    })),
    ...onlyB.map(({ index }) => ({
      name: names.b[index]!,
      a: undefined,
      b: b.functions[index],
      codeChanged: true,
      changes: [],
    })),
  ];
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

/** Of the steps of a, those whose instruction has a counterpart. */
function coverage({ a: { counterpart } }: Alignment, { executions }: Profile): number {
  let aligned = 0;
  let total = 0;
  for (const [id, count] of executions.entries()) {
    total += count;
    if (counterpart[id]! >= 0) aligned += count;
  }
  return total === 0 ? 1 : aligned / total;
}
