/** Pictures of many steps: the flame chart of calls, lanes of events, pages over time. */
import type { Jsonable } from '../../base/json.js';
import { inputError } from '../../base/errors.js';
import type { Trace } from '../../query/trace.js';
import type { Arguments } from '../arguments.js';
import type { Question } from '../question.js';
import { CallChart } from '../timeline/calls.js';
import { HeatChart } from '../timeline/heat.js';
import { lanes as countLanes } from '../timeline/lanes.js';

const MOST_PIXELS = 16_384;
/** Deeper calls are told by the call stack alone. */
const MOST_DEPTH = 200;
const HEAT_ROWS = 24;
/** Of the heat map; lanes have twice as many. */
const HEAT_BINS = 384;

const charts = new WeakMap<Trace, CallChart>();
const heats = new WeakMap<Trace, HeatChart>();

function chartOf(trace: Trace): CallChart {
  let chart = charts.get(trace);
  if (chart === undefined) charts.set(trace, (chart = new CallChart(trace)));
  return chart;
}

function heatOf(trace: Trace): HeatChart {
  let heat = heats.get(trace);
  if (heat === undefined) heats.set(trace, (heat = new HeatChart(trace)));
  return heat;
}

/** The flame chart of a window: spans as columns, names apart. */
export const calls: Question = {
  lane: 'deep',
  answer(args, trace) {
    const { from, to, pixels } = windowOf(args, trace);
    const chart = chartOf(trace);
    const names = new Map<number, number>();
    const columns = {
      depth: [] as number[],
      start: [] as number[],
      end: [] as number[],
      name: [] as number[],
      calls: [] as number[],
    };
    let deepest = 0;
    for (const span of chart.visible(from, to, (to - from) / pixels)) {
      deepest = Math.max(deepest, span.depth);
      if (span.depth >= MOST_DEPTH) continue;
      let name = names.get(span.name);
      if (name === undefined) names.set(span.name, (name = names.size));
      columns.depth.push(span.depth);
      columns.start.push(span.start);
      columns.end.push(span.end);
      columns.name.push(name);
      columns.calls.push(span.calls);
    }
    const list = [...names.keys()].map((id): Jsonable => chart.name(id));
    return { from, to, whole: chart.isWhole, deepest, names: list, ...columns };
  },
  prepare: (trace) => charts.get(trace)?.prepare() ?? false,
};

/** Events and written pages of a window, in bins. */
export const lanes: Question = {
  lane: 'deep',
  answer(args, trace) {
    const { from, to, pixels } = windowOf(args, trace);
    const width = Math.max(1, Math.ceil((to - from) / pixels));
    const heatWidth = Math.max(1, Math.ceil((to - from) / HEAT_BINS));
    const heat = heatOf(trace);
    return {
      ...{ from, to, width, heatWidth, whole: heat.isWhole },
      lanes: countLanes(trace, from, to, width).map(({ name, bins }) => ({ name, bins })),
      heat: { ...heat.map(from, to, heatWidth, HEAT_ROWS) } as unknown as Jsonable,
    };
  },
  prepare: (trace) => heats.get(trace)?.prepare() ?? false,
};

function windowOf(args: Arguments, trace: Trace): { from: number; to: number; pixels: number } {
  const from = args.integer('from', 0, trace.stepCount);
  const to = args.integer('to', 0, trace.stepCount);
  if (from >= to && trace.stepCount > 0)
    throw inputError(`there is no step from ${from} to ${to}.`);
  return { from, to: Math.max(to, from + 1), pixels: args.integer('pixels', 1, MOST_PIXELS) };
}
