/** Comparing two traces by their paths. */
import { diffTraces, type DiffOptions, type DiffResult } from '../../src/diff/diff.js';
import type { ExactDiff } from '../../src/diff/exact/result.js';
import { Side, type Pair } from '../../src/diff/side.js';
import { writeFixtureTrace, type Fixture } from './fixture-trace.js';

export function withPair<T>(a: string, b: string, use: (pair: Pair) => T): T {
  using sideA = new Side(a);
  using sideB = new Side(b);
  return use({ a: sideA, b: sideB });
}

/** Compares what is in two files, exactly unless told otherwise. */
export function compare(
  a: string,
  b: string,
  options: DiffOptions = {},
): DiffResult & { exact: ExactDiff } {
  const result = withPair(a, b, (pair) => diffTraces(pair, { mode: 'exact', ...options }));
  return { ...result, exact: result.exact! };
}

export function compareFixtures(
  a: Fixture,
  b: Fixture,
  options: DiffOptions = {},
): DiffResult & { exact: ExactDiff } {
  return compare(writeFixtureTrace(a), writeFixtureTrace(b), options);
}

/** `symbol+0x10` of what a step ran. */
export function place(path: string, step: number): string {
  using side = new Side(path);
  return side.place(side.instruction(step)!.address);
}
