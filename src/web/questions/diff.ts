/** Two traces compared: the steps of note on both sides, in order, each with its words. */
import { inputError } from '../../base/errors.js';
import type { AlignedDiff } from '../../diff/aligned/aligned-diff.js';
import { diffTraces, type DiffResult } from '../../diff/diff.js';
import { Side, type Pair } from '../../diff/side.js';
import { flowView, outputText } from '../../views/diff/aligned-words.js';
import { causeView } from '../../views/diff/cause-words.js';
import { groupView } from '../../views/diff/words.js';
import type { Question } from '../question.js';
import { cut } from './steps.js';

/** Of causes, and of each kind of other points. */
const MOST = 200;

/** What a step of note is: `again` is where two executions that had parted meet. */
type PointKind = 'cause' | 'difference' | 'way' | 'branch' | 'again' | 'output';

/** A pair of steps; one of them where the other side has none. */
interface DiffPoint {
  readonly kind: PointKind;
  readonly stepA: number | undefined;
  readonly stepB: number | undefined;
  readonly title: string;
}

/** What `kvmtrace diff --all` finds, for the page to lead through. */
export const diff: Question = {
  lane: 'deep',
  answer(_, __, { a, b }) {
    if (b === undefined) throw inputError('there is one trace: kvmtrace diff A B --open has two.');
    using sideA = new Side(a.path);
    using sideB = new Side(b.path);
    const pair = { a: sideA, b: sideB };
    const result = diffTraces(pair, { all: true });
    return {
      verdict: cut(result.verdict),
      same: result.same,
      start: { step_a: result.exact?.start.stepA ?? 0, step_b: result.exact?.start.stepB ?? 0 },
      points: inOrder(pointsOf(pair, result)).map(({ kind, stepA, stepB, title }) => ({
        kind,
        step_a: stepOrNone(stepA),
        step_b: stepOrNone(stepB),
        title: cut(title),
      })),
    };
  },
};

/** What was so before the first step has none. */
function stepOrNone(step: number | undefined): number | null {
  return step === undefined || step < 0 ? null : step;
}

function pointsOf(pair: Pair, { exact, aligned, decider }: DiffResult): DiffPoint[] {
  const points: DiffPoint[] = [];
  if (exact !== undefined && decider === 'exact') {
    for (const group of exact.groups.slice(0, MOST)) {
      const { cause, first, branch } = group;
      const view = groupView(pair, group, exact);
      const add = (kind: PointKind, stepA: number, stepB: number, title: string): void => {
        points.push({ kind, stepA, stepB, title });
      };
      // What differs from the beginning on has no step.
      if (cause.stepA >= 0 && cause.stepA !== first.stepA) {
        add('cause', cause.stepA, cause.stepB, view.cause);
      }
      const isCause = cause.stepA === first.stepA;
      const { stepA, stepB } = first;
      add(isCause ? 'cause' : 'difference', stepA, stepB, isCause ? view.cause : view.title);
      if (branch === undefined) continue;
      add('branch', branch.stepA, branch.stepB, view.branch ?? 'the executions part');
      const { resync } = branch;
      if (resync !== undefined) add('again', resync.stepA, resync.stepB, 'the same again');
    }
  }
  return aligned === undefined ? points : [...points, ...alignedPoints(pair, aligned)];
}

function alignedPoints(pair: Pair, aligned: AlignedDiff): DiffPoint[] {
  const points: DiffPoint[] = [];
  const { cause, flow, outputs } = aligned;
  const view = causeView(pair, aligned);
  if (cause !== undefined && view !== undefined) {
    const { stepA, stepB } = cause.change;
    points.push({ kind: 'cause', stepA, stepB, title: view.title });
    for (const { stepA: a, stepB: b, value } of cause.way.slice(0, MOST)) {
      const title = value === undefined ? 'on the way' : `${value.name} ${value.a} | ${value.b}`;
      points.push({ kind: 'way', stepA: a, stepB: b, title });
    }
  }
  const parted = flowView(pair, aligned);
  if (flow !== undefined && parted !== undefined) {
    const { decisionA, decisionB, stepA, stepB } = flow;
    points.push({
      ...{ kind: 'branch', stepA: decisionA ?? stepA, stepB: decisionB ?? stepB },
      title: parted.summary,
    });
  }
  for (const each of outputs.differences.slice(0, MOST)) {
    const { stepA, stepB } = each;
    points.push({ kind: 'output', stepA, stepB, title: outputText(pair, each) });
  }
  return points;
}

function inOrder(points: readonly DiffPoint[]): DiffPoint[] {
  const time = ({ stepA, stepB }: DiffPoint): number => stepA ?? stepB ?? 0;
  return points.toSorted((a, b) => time(a) - time(b));
}
