/** The comparison of two builds: by symbols, calls and blocks, not by addresses. */
import type { Pair, Side } from '../side.js';
import { align, type Alignment } from './alignment.js';
import { compareFinalMemory, type FinalMemory } from './final-memory.js';
import { compareFlow, type ExtraCall, type FlowPoint } from './flow.js';
import { codeModel, type CodeModel } from './model.js';
import { compareOutputs, type OutputComparison } from './outputs.js';
import { profile, type FunctionSteps, type Profile } from './profile.js';

export interface FunctionDifference {
  readonly name: string;
  /** Undefined where it did not run. */
  readonly a: FunctionSteps | undefined;
  readonly b: FunctionSteps | undefined;
  /** The code that ran is another. */
  readonly codeChanged: boolean;
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
  readonly lost: FlowPoint | undefined;
  /** Places at which one build goes ways that the other's code does not have. */
  readonly reshaped: number;
  readonly extraCalls: readonly ExtraCall[];
  /** Counts of every function, by name, for gates. */
  readonly all: readonly FunctionDifference[];
}

export function alignedDiff({ a, b }: Pair): AlignedDiff {
  const [modelA, modelB] = models(a, b);
  const alignment = align(modelA, modelB);
  const profileA = profile(modelA);
  const profileB = profile(modelB);
  const all = functionDifferences(alignment, profileA, profileB);
  const flow = compareFlow(modelA, modelB, alignment);
  const functions = all
    .filter((each) => each.codeChanged || !sameSteps(each.a, each.b))
    .sort((x, y) => weight(y) - weight(x) || (x.name < y.name ? -1 : 1));
  return {
    by: alignment.by,
    coverage: coverage(modelA, alignment, profileA),
    stepsA: a.stepCount,
    stepsB: b.stepCount,
    functions,
    functionsSame: all.length - functions.length,
    calls: callDifferences(modelA, modelB, alignment, profileA, profileB),
    outputs: compareOutputs(a, b),
    memory: compareFinalMemory(a, b),
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

function functionDifferences(alignment: Alignment, a: Profile, b: Profile): FunctionDifference[] {
  const { by, matches, onlyA, onlyB } = alignment;
  return [
    ...matches.map((match) => ({
      name: match.a.name,
      a: a.functions[match.a.index],
      b: b.functions[match.b.index],
      codeChanged: !match.identical,
    })),
    ...onlyA.map(({ name, index }) => ({
      name,
      a: a.functions[index],
      b: undefined,
      codeChanged: true,
    })),
    ...onlyB.map(({ name, index }) => ({
      name: ownName(by, name) ?? name,
      a: undefined,
      b: b.functions[index],
      codeChanged: true,
    })),
  ];
}

/** Addresses for names mean nothing in the other build: they are told apart. */
function ownName(by: Alignment['by'], name: string | undefined): string | undefined {
  return by === 'code' && name !== undefined ? `${name} (b)` : name;
}

function sameSteps(a: FunctionSteps | undefined, b: FunctionSteps | undefined): boolean {
  return a?.calls === b?.calls && a?.own === b?.own && a?.total === b?.total;
}

function weight({ a, b }: FunctionDifference): number {
  return Math.abs((b?.own ?? 0) - (a?.own ?? 0));
}

/** Calls between two functions whose number differs, by the names of a. */
function callDifferences(
  modelA: CodeModel,
  modelB: CodeModel,
  { by, matches }: Alignment,
  a: Profile,
  b: Profile,
): CallDifference[] {
  const nameInB = new Map(matches.map((match) => [match.b.index, match.a.name]));
  const counts = new Map<string, CallDifference>();
  const start = '(start)';
  const add = (caller: string, callee: string, countA: number, countB: number): void => {
    const key = `${caller}\n${callee}`;
    const known = counts.get(key) ?? { caller, callee, a: 0, b: 0 };
    counts.set(key, { ...known, a: known.a + countA, b: known.b + countB });
  };
  const nameA = (index: number): string => modelA.functions[index]?.name ?? start;
  const nameB = (index: number): string =>
    nameInB.get(index) ?? ownName(by, modelB.functions[index]?.name) ?? start;
  for (const [caller, row] of a.edges) {
    for (const [callee, count] of row) add(nameA(caller), nameA(callee), count, 0);
  }
  for (const [caller, row] of b.edges) {
    for (const [callee, count] of row) add(nameB(caller), nameB(callee), 0, count);
  }
  return [...counts.values()]
    .filter((each) => each.a !== each.b)
    .sort((x, y) => Math.abs(y.b - y.a) - Math.abs(x.b - x.a));
}

function coverage(model: CodeModel, { commonA }: Alignment, { functions }: Profile): number {
  // By executed code, weighted by the steps of its function.
  let aligned = 0;
  let total = 0;
  for (const { index, code } of model.functions) {
    const { own } = functions[index]!;
    const common = code.filter(({ id }) => commonA[id]! >= 0).length;
    aligned += (own * common) / Math.max(1, code.length);
    total += own;
  }
  return total === 0 ? 1 : aligned / total;
}
