/**
 * The change of the code that two builds' executions part for: the earliest that ran, and the way of
 * the values that it changed, to the branch where control parts or to the output that differs.
 */
import type { Pair } from '../../side.js';
import type { StepOfBoth } from '../../dataflow/taint-edges.js';
import type { Alignment, FunctionMatch } from '../alignment/alignment.js';
import { commonSubsequence } from '../alignment/lcs.js';
import type { DisplayNames } from '../comparison/display-names.js';
import { compareFlow, type FlowBuild, type FlowPoint } from '../comparison/flow.js';
import type { OutputDifference } from '../comparison/outputs.js';
import { callsInCall } from './calls-in-call.js';
import { firstChange, type FirstChange } from './first-change.js';
import { StepIds } from './step-ids.js';
import { ValueTrail, type TrailStep } from './value-trail.js';

/** How often a call of the changed function makes another call. */
export interface CallCount {
  readonly callee: string;
  readonly a: number;
  readonly b: number;
}

/** The change that the executions part for, and what it leads to. */
export interface CodeCause {
  /** The function whose code is another. */
  readonly name: string;
  readonly change: FirstChange;
  /** Calls that the first call of the function to come there makes more often, or less. */
  readonly calls: readonly CallCount[];
  /** What the way leads to; undefined where it was lost, or leads nowhere that shows. */
  readonly leadsTo: 'branch' | 'output' | undefined;
  /** Steps from the change to there, oldest first. */
  readonly way: readonly TrailStep[];
}

/** What the cause is looked for in. */
export interface CauseInput {
  readonly pair: Pair;
  readonly a: FlowBuild;
  readonly b: FlowBuild;
  readonly alignment: Alignment;
  readonly names: DisplayNames;
  readonly flow: FlowPoint | undefined;
  readonly outputs: readonly OutputDifference[];
  readonly showsMore: boolean;
}

/** With more functions changed, one of them is not the cause. */
const MAX_CHANGED = 8;
/** Of small programs most may be changed by hand. */
const FEW_CHANGED = 2;
/** Steps through which values are followed, of both builds together. */
const MAX_STEPS = 400_000;
/** Longer excursions are not paired step by step. */
const MAX_GAP = 4096;

/** Whether the function's code differs; by what ran, where what was loaded is not known. */
export function hasOtherCode({ hunks, identical }: FunctionMatch): boolean {
  return hunks === undefined ? !identical : hunks.length > 0;
}

/** Whether so many of the functions that both ran are changed that the program was compiled otherwise. */
export function isCompiledOtherwise(changed: number, functions: number): boolean {
  return changed > MAX_CHANGED || (changed > FEW_CHANGED && changed * 2 > functions);
}

/**
 * The cause; undefined where no code differs and ran, or where so much does that no change is the
 * one.
 */
export function codeCause(input: CauseInput): CodeCause | undefined {
  const { a, b, alignment, names } = input;
  const changed = alignment.matches.filter(hasOtherCode);
  if (changed.length === 0 || isCompiledOtherwise(changed.length, alignment.matches.length)) {
    return undefined;
  }
  const change = firstChange(changed, a.profile, b.profile);
  if (change === undefined) return undefined;
  const { match } = change;
  const found = new Follower(input, change).run();
  return {
    ...{ name: names.a[match.a.index]!, change, ...found },
    calls: differentCalls(
      named(callsInCall(a.model, match.a.index, change.stepA), names.a),
      named(callsInCall(b.model, match.b.index, change.stepB), names.b),
    ),
  };
}

function named(
  calls: ReadonlyMap<number, number>,
  names: readonly string[],
): ReadonlyMap<string, number> {
  return new Map([...calls].map(([index, count]) => [names[index]!, count]));
}

function differentCalls(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
): CallCount[] {
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((callee) => ({ callee, a: a.get(callee) ?? 0, b: b.get(callee) ?? 0 }))
    .filter((each) => each.a !== each.b);
}

type Found = Pick<CodeCause, 'leadsTo' | 'way'>;

const NOWHERE: Found = { leadsTo: undefined, way: [] };

/** Follows both builds from the change on, block by block as they run together. */
class Follower {
  readonly #input: CauseInput;
  readonly #change: FirstChange;
  readonly #trail: ValueTrail;
  readonly #idsA: StepIds;
  readonly #idsB: StepIds;
  readonly #changedA: ReadonlySet<number>;
  readonly #changedB: ReadonlySet<number>;
  /** Where the block began that is under way. */
  #open: StepOfBoth | undefined;
  /** Blocks in between were left out: nothing differed. */
  #skipped = true;
  #steps = 0;
  #found: Found | undefined;

  constructor(input: CauseInput, change: FirstChange) {
    this.#input = input;
    this.#change = change;
    this.#trail = new ValueTrail(input.pair, change);
    this.#idsA = new StepIds(input.pair.a);
    this.#idsB = new StepIds(input.pair.b);
    const hunks = input.alignment.matches.flatMap((match) => match.hunks ?? []);
    this.#changedA = new Set(hunks.flatMap((hunk) => hunk.a.map(({ id }) => id)));
    this.#changedB = new Set(hunks.flatMap((hunk) => hunk.b.map(({ id }) => id)));
  }

  run(): Found {
    const { a, b, alignment, showsMore, flow } = this.#input;
    compareFlow(a, b, alignment, showsMore, (stepA, stepB) => this.#block({ stepA, stepB }));
    if (this.#found?.leadsTo === 'branch') return this.#found;
    const { decisionA, decisionB } = flow ?? {};
    if (decisionA !== undefined && decisionB !== undefined && this.#open !== undefined) {
      this.#gap(this.#open, { stepA: decisionA + 1, stepB: decisionB + 1 });
    }
    return this.#found ?? NOWHERE;
  }

  #block(at: StepOfBoth): boolean {
    const { stepA, stepB } = this.#change;
    const before = at.stepA <= stepA && at.stepB <= stepB;
    if (!before && this.#open !== undefined) this.#gap(this.#open, at);
    this.#open = at;
    return this.#steps < MAX_STEPS && this.#found?.leadsTo !== 'branch';
  }

  /** The steps of both up to where the next block begins that they have in common. */
  #gap(from: StepOfBoth, to: StepOfBoth): void {
    const [countA, countB] = [to.stepA - from.stepA, to.stepB - from.stepB];
    if (countA < 0 || countB < 0) return;
    if (countA > MAX_GAP || countB > MAX_GAP) {
      this.#steps += MAX_GAP;
      this.#trail.apart(from, to);
      return;
    }
    const idsA = this.#idsA.between(from.stepA, to.stepA);
    const idsB = this.#idsB.between(from.stepB, to.stepB);
    const changes =
      idsA.some((id) => this.#changedA.has(id)) || idsB.some((id) => this.#changedB.has(id));
    if (this.#trail.empty && !changes) {
      this.#skipped = true;
      return;
    }
    if (this.#skipped) this.#trail.jump(from);
    this.#skipped = false;
    this.#steps += countA + countB;
    let [doneA, doneB] = [0, 0];
    for (const [i, j] of [...this.#pairs(idsA, idsB), [countA, countB] as const]) {
      if (i > doneA || j > doneB) {
        this.#trail.apart(stepsAt(from, doneA, doneB), stepsAt(from, i, j));
      }
      if (i < countA && j < countB) this.#together(stepsAt(from, i, j), idsA[i]!, idsB[j]!);
      [doneA, doneB] = [i + 1, j + 1];
    }
  }

  #together(at: StepOfBoth, idA: number, idB: number): void {
    const { flow, outputs } = this.#input;
    if (flow?.decisionA === at.stepA && flow.decisionB === at.stepB) {
      const way = this.#trail.pathAt(at);
      if (way !== undefined) this.#found = { leadsTo: 'branch', way };
    } else if (
      this.#found === undefined &&
      outputs.some(({ stepA, stepB }) => stepA === at.stepA && stepB === at.stepB)
    ) {
      const way = this.#trail.pathAt(at);
      if (way !== undefined) this.#found = { leadsTo: 'output', way };
    }
    this.#trail.together(at, this.#changedA.has(idA) || this.#changedB.has(idB));
  }

  #pairs(idsA: readonly number[], idsB: readonly number[]): (readonly [number, number])[] {
    const { counterpart } = this.#input.alignment.a;
    return commonSubsequence(
      idsA.map((id) => (counterpart[id]! >= 0 ? `b${counterpart[id]!}` : `a${id}`)),
      idsB.map((id) => `b${id}`),
    );
  }
}

function stepsAt({ stepA, stepB }: StepOfBoth, a: number, b: number): StepOfBoth {
  return { stepA: stepA + a, stepB: stepB + b };
}
