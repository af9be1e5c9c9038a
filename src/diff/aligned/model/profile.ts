/** How many steps each function took, and who called whom how often. */
import { CallTracker } from './call-tracker.js';
import type { CodeModel } from './model.js';
import { stepBatches } from './steps.js';

/** Calls and steps of a function. */
export interface FunctionSteps {
  calls: number;
  /** Steps of its own instructions. */
  own: number;
  /** Steps from its calls to their returns; of recursive calls only the outermost count. */
  total: number;
}

/** Calls and steps of a run. */
export interface Profile {
  /** By function index. */
  readonly functions: readonly FunctionSteps[];
  /** Calls by caller and callee; caller -1 is where the trace begins. */
  readonly edges: ReadonlyMap<number, ReadonlyMap<number, number>>;
  /** By instruction id: the steps that ran it. */
  readonly executions: Float64Array;
  /** By instruction id: the first of them; -1 for none. */
  readonly first: Float64Array;
}

/** Counts calls and steps in one pass over the run. */
export function profile(model: CodeModel): Profile {
  const functions = model.functions.map(() => ({ calls: 0, own: 0, total: 0 }));
  const active = new Int32Array(model.functions.length);
  const edges = new Map<number, Map<number, number>>();
  const tracker = new CallTracker(model, {
    enter(callee, caller) {
      functions[callee]!.calls++;
      active[callee]!++;
      let row = edges.get(caller);
      if (row === undefined) edges.set(caller, (row = new Map<number, number>()));
      row.set(callee, (row.get(callee) ?? 0) + 1);
    },
    leave(callee, firstStep, step) {
      if (--active[callee]! === 0) functions[callee]!.total += step - firstStep;
    },
  });
  const { control, functionOf } = model;
  const executions = new Float64Array(functionOf.length);
  const firstStep = new Float64Array(functionOf.length).fill(-1);
  let previous = -1;
  for (const { first, count, ids, interrupted } of stepBatches(model)) {
    const calm = interrupted.size === 0;
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      if (executions[id]!++ === 0) firstStep[id] = first + i;
      // Most instructions just follow one another.
      if (previous < 0 || control[previous] !== 0 || !calm) {
        tracker.arrive(id, first + i, calm ? -1 : (interrupted.get(first + i) ?? -1));
      } else {
        tracker.follow(id);
      }
      previous = id;
    }
  }
  tracker.finish(model.side.stepCount);
  for (const [id, count] of executions.entries()) functions[functionOf[id]!]!.own += count;
  return { functions, edges, executions, first: firstStep };
}
