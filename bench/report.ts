/** What the benchmarks share: rounds, medians, and rows of the one table that `npm run bench` prints. */
import { appendFileSync } from 'node:fs';

/** A measured value and what it is compared to in the same run. */
export interface Row {
  readonly what: string;
  readonly value: number;
  /** `≤ 40`: the promise; undefined where there is none. */
  readonly promised: string | undefined;
  /** Undefined without a promise. */
  readonly kept: boolean | undefined;
}

/** Where `npm run bench` collects the rows of all benchmarks, one JSON document a line. */
const ROWS = process.env['KVMTRACE_BENCH_ROWS'];

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The number of rounds on the command line, 3 by default. */
export function parseRounds(argument: string | undefined): number {
  const rounds = argument === undefined ? 3 : Number(argument);
  if (!Number.isInteger(rounds) || rounds < 1) {
    console.error(`the number of rounds must be 1 or more, not ${argument ?? ''}`);
    process.exit(2);
  }
  return rounds;
}

/**
 * A measured value beside the promised one; a broken promise makes the exit code 1.
 *
 * @param what with its unit, and with what it is divided by
 */
export function verdict(what: string, value: number, relation: '≤' | '≥', promised: number): void {
  const kept = relation === '≤' ? value <= promised : value >= promised;
  if (!kept) process.exitCode = 1;
  report({ what, value, promised: `${relation} ${promised}`, kept });
}

/** A measured value that nothing is promised of: for scale. */
export function measured(what: string, value: number): void {
  report({ what, value, promised: undefined, kept: undefined });
}

function report(row: Row): void {
  console.log(rowText(row));
  if (ROWS !== undefined) appendFileSync(ROWS, `${JSON.stringify(row)}\n`);
}

/** A row as a line of text: whether its promise was kept, the value, the promise. */
export function rowText({ what, value, promised, kept }: Row): string {
  const word = kept === undefined ? '-' : kept ? 'kept' : 'BROKEN';
  const beside = promised === undefined ? '' : `(${promised})`;
  return `${word.padEnd(6)}  ${value.toPrecision(3).padStart(8)} ${beside.padEnd(10)}  ${what}`;
}
