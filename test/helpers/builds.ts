/** Pairs of recorded builds, compared as builds. */
import type { AlignedDiff } from '../../src/diff/aligned/aligned-diff.js';
import { diffTraces, type DiffResult } from '../../src/diff/diff.js';
import { Side } from '../../src/diff/side.js';
import { buildGuest, recordBuilt, type BuildOptions } from './built-guest.js';

/** Compiles and records a guest of test/diff/guests; returns the path of the trace. */
export async function recordBuild(
  source: string | readonly string[],
  flags: readonly string[] = ['-O2'],
  options: Omit<BuildOptions, 'flags'> = {},
  input = '',
): Promise<string> {
  return recordBuilt(buildGuest(source, { ...options, flags }), input);
}

export interface BuildsResult extends DiffResult {
  readonly aligned: AlignedDiff;
}

export function compareBuilds(a: string, b: string): BuildsResult {
  using sideA = new Side(a);
  using sideB = new Side(b);
  const result = diffTraces({ a: sideA, b: sideB }, { mode: 'aligned' });
  return { ...result, aligned: result.aligned! };
}

/** Where the step is, by symbol+offset. */
export function placeOf(path: string, step: number | undefined): string {
  using side = new Side(path);
  return side.place(side.instruction(step!)!.address);
}

/** Functions whose code is another, and those that only one side ran. */
export function changedCode({ aligned }: BuildsResult): string[] {
  return aligned.functions
    .filter(({ codeChanged }) => codeChanged)
    .map(({ name }) => name)
    .sort();
}
