/** A suite: its cases, several at a time, reported in order. */
import { findManifests } from './find.js';
import { readManifest } from './manifest.js';
import { runCase, type CaseOptions, type CaseResult } from './run-case.js';

export interface SuiteOptions extends CaseOptions {
  /** Cases that run at a time. */
  readonly jobs: number;
  /** Told of each case, in the order of the suite. */
  onResult?(result: CaseResult): void | Promise<void>;
}

/** Runs every case below `path`; manifests are read first, so that a wrong one costs no time. */
export async function runSuite(path: string, options: SuiteOptions): Promise<CaseResult[]> {
  const manifests = findManifests(path).map(readManifest);
  const results: (CaseResult | undefined)[] = manifests.map(() => undefined);
  let next = 0;
  let told = 0;
  const work = async (): Promise<void> => {
    while (next < manifests.length) {
      const index = next++;
      results[index] = await runCase(manifests[index]!, options);
      for (; results[told] !== undefined; told++) await options.onResult?.(results[told]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, manifests.length) }, work));
  return results.filter((result) => result !== undefined);
}

/** 0: all passed; 1: some differ; 2: some are wrong; 3: this machine cannot record. */
export function suiteExitCode(results: readonly CaseResult[]): 0 | 1 | 2 | 3 {
  const codes = new Set(results.map(({ exitCode }) => exitCode));
  if (codes.has(1)) return 1;
  if (codes.has(3)) return 3;
  return codes.has(2) ? 2 : 0;
}
