/** What the benchmarks share: rounds, medians, and a line against the number that is promised. */

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

/** Prints a measured value beside the promised one; a broken promise makes the exit code 1. */
export function verdict(what: string, value: number, relation: '≤' | '≥', promised: number): void {
  const kept = relation === '≤' ? value <= promised : value >= promised;
  console.log(
    `${kept ? 'kept  ' : 'BROKEN'} ${what}: ${value.toPrecision(3)} (${relation} ${promised})`,
  );
  if (!kept) process.exitCode = 1;
}
