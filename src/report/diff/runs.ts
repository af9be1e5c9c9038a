/** The comparison of passing with failing runs, for people and programs. */
import { counted } from '../../base/number-text.js';
import type { Jsonable } from '../../base/json.js';
import type { Discriminator, RunComparison } from '../../cohort/discriminate.js';
import { printable } from '../../base/printable.js';
import { wrap } from '../layout.js';
import type { Paints } from './paints.js';

/** What the JSON report calls itself in its field `format`. */
export const RUNS_FORMAT = 'kvmtrace-compare';
/** Version of the JSON report; it changes when a field's meaning does. */
export const RUNS_VERSION = 1;

function runsVerdict({ found, failing, passing }: RunComparison): string {
  const runs = `${counted(failing.length, 'failing run')}, ${counted(passing.length, 'passing')}`;
  const [first] = found;
  if (first === undefined) return `nothing tells them apart: ${runs}`;
  const where = first.how === 'only-passing' ? 'passing' : 'failing';
  return `told apart by ${first.kind} at step ${first.step} of a ${where} run: ${first.text}`;
}

/** The comparison as lines, the verdict first; `top` features of each kind. */
export function runsText(comparison: RunComparison, top: number, { strong }: Paints): string[] {
  const { found, failing, passing } = comparison;
  const lines = [...wrap('', printable(runsVerdict(comparison)), '  ').map(strong), ''];
  for (const { path, steps } of failing)
    lines.push(`  fail  ${printable(path)}  ${counted(steps, 'step')}`);
  for (const { path, steps } of passing)
    lines.push(`  pass  ${printable(path)}  ${counted(steps, 'step')}`);
  for (const [how, title] of SECTIONS) {
    const list = found.filter((each) => how.includes(each.how));
    if (list.length === 0) continue;
    lines.push('', strong(title), ...list.slice(0, top).flatMap(line));
    if (list.length > top) lines.push(`  … and ${list.length - top} more`);
  }
  return lines;
}

const SECTIONS: readonly (readonly [readonly Discriminator['how'][], string])[] = [
  [['only-failing'], 'all failing runs, and no passing run'],
  [['only-passing'], 'all passing runs, and no failing run'],
  [['more', 'less'], 'another number of times'],
];

function line({ kind, text, how, step, failing, passing }: Discriminator): string[] {
  const range = ([least, most]: readonly [number, number]): string =>
    least === most ? String(least) : `${least}-${most}`;
  const times =
    how === 'more' || how === 'less' ? ` (${range(failing)} times, passing ${range(passing)})` : '';
  return wrap(`  ${String(step).padStart(8)}  ${kind.padEnd(12)}  `, printable(text + times));
}

/** The comparison as JSON; `top` features, the earliest first. */
export function runsJson(comparison: RunComparison, top: number): Jsonable {
  const { found, failing, passing } = comparison;
  return {
    format: RUNS_FORMAT,
    version: RUNS_VERSION,
    verdict: runsVerdict(comparison),
    failing: failing.map(({ path, steps }) => ({ path, steps })),
    passing: passing.map(({ path, steps }) => ({ path, steps })),
    count: found.length,
    found: found.slice(0, top).map((each) => ({
      kind: each.kind,
      how: each.how,
      step: each.step,
      text: each.text,
      failing: [...each.failing],
      passing: [...each.passing],
    })),
  };
}
