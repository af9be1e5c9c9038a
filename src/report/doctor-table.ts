/** The table of hazards: one row for all that behave alike, in columns that fit 80. */
import type { HazardGroupResult } from '../doctor/examine.js';
import type { HazardResult } from '../doctor/lab.js';
import { columns } from './wrapped-columns.js';
import type { Style } from './style.js';

const JUDGEMENT_WIDTH = 13;
const NAME_WIDTH = 26;
const PHRASE_WIDTH = 35;

interface Row {
  names: string[];
  readonly result: HazardResult;
}

/** A heading, and the group's rows. */
export function hazardLines({ name, results }: HazardGroupResult, style: Style): string[] {
  return [
    '',
    style.strong(name),
    ...rowsOf(results).flatMap(({ names, result: { judgement, phrase } }) =>
      columns([
        { text: judgement, width: JUDGEMENT_WIDTH, paint: paintOf(judgement, style) },
        { text: names.join(', '), width: NAME_WIDTH },
        { text: phrase, width: PHRASE_WIDTH },
      ]),
    ),
  ];
}

function paintOf(judgement: HazardResult['judgement'], style: Style): (text: string) => string {
  return judgement === 'exact' || judgement === 'assisted' ? style.faint : style.change;
}

/** Neighbours with the same finding share a row. */
function rowsOf(results: readonly HazardResult[]): Row[] {
  const rows: Row[] = [];
  for (const [name, result] of namedByMode(results)) {
    const last = rows.at(-1);
    if (last?.result.phrase === result.phrase && last.result.judgement === result.judgement) {
      last.names.push(name);
    } else {
      rows.push({ names: [name], result });
    }
  }
  return rows;
}

/** One entry for each hazard and finding; the modes are named where they differ in it. */
function namedByMode(results: readonly HazardResult[]): [name: string, result: HazardResult][] {
  return groupBy(results, ({ id }) => id).flatMap((same) => {
    const findings = groupBy(same, ({ judgement, phrase }) => `${judgement} ${phrase}`);
    return findings.map((alike): [string, HazardResult] => {
      const { name } = alike[0]!;
      const modes = alike.map(({ mode }) => mode).join(', ');
      return [findings.length === 1 ? name : `${name} (${modes})`, alike[0]!];
    });
  });
}

/** Those with the same key together, in the order in which the keys first come. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
