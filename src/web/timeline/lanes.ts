/** What happened when, counted in bins of steps: a lane for each kind of event. */
import type { Trace } from '../../query/trace.js';
import { CONSOLE_PORTS } from '../console-ports.js';

/** The lanes, in the order of the picture, each with its rows. */
const SOURCES = {
  console: `SELECT step FROM port_io WHERE direction = 'out' AND port IN (${CONSOLE_PORTS.join()})`,
  ports: `SELECT step FROM port_io WHERE NOT (direction = 'out' AND port IN (${CONSOLE_PORTS.join()}))`,
  mmio: 'SELECT step FROM mmio WHERE true',
  interruptions: 'SELECT step FROM interruption WHERE true',
  inputs: 'SELECT step FROM input_value WHERE true',
} as const;
/** Name of a lane. */
export type LaneName = keyof typeof SOURCES;
const LANE_NAMES = Object.keys(SOURCES) as readonly LaneName[];

/** Bins that are not empty: their numbers and how many events each has. */
export interface LaneBins {
  readonly name: LaneName;
  readonly bins: readonly (readonly [bin: number, count: number])[];
}

/** The events of steps `from` to `to` in bins of `width` steps. */
export function lanes(trace: Trace, from: number, to: number, width: number): LaneBins[] {
  return LANE_NAMES.map((name) => {
    const { rows } = trace.query(
      `SELECT (step - ${from}) / ${width}, count(*) FROM (${SOURCES[name]}
       AND step >= ${from} AND step < ${to}) GROUP BY 1 ORDER BY 1`,
    );
    const bins = Array.from(rows, ([bin, count]) => [Number(bin), Number(count)] as const);
    return { name, bins };
  });
}
