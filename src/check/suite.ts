/** A suite: its cases, several at a time, reported in order. */
import { statSync } from 'node:fs';
import { basename, extname, relative } from 'node:path';
import { KvmtraceError } from '../base/errors.js';
import { findManifests } from './find.js';
import type { Manifest } from './manifest.js';
import { problem } from './outcome.js';
import { decodeManifest, namesGuest, parseManifest } from './read-manifest.js';
import { itemsOfShard, type Shard } from './shard.js';
import { runCase, type CaseOptions, type CaseResult } from './run-case.js';

/** How to run a suite. */
export interface SuiteOptions extends CaseOptions {
  /** Cases that run at a time. */
  readonly jobs: number;
  /** Told of each case, in the order of the suite. */
  onResult?(result: CaseResult): void | Promise<void>;
  /** Why this machine cannot record, a sentence: then no case runs, and each is an error. */
  readonly machineProblem?: string | undefined;
  /** Only this part of the suite. */
  readonly shard?: Shard | undefined;
  /** Told how many cases the whole suite has, before any runs. */
  onCount?(count: number): void;
  /** Told how many JSON and YAML files are no manifests, where there are any. */
  onLeftOut?(count: number): void;
}

/** Runs every case below `path`; what cannot be read as a manifest is a case that is wrong. */
export async function runSuite(path: string, options: SuiteOptions): Promise<CaseResult[]> {
  const { cases: all, leftOut } = readCases(path);
  if (leftOut > 0) options.onLeftOut?.(leftOut);
  options.onCount?.(all.length);
  const { shard } = options;
  const cases = shard === undefined ? all : itemsOfShard(all, shard, weightOf);
  const results: (CaseResult | undefined)[] = cases.map(() => undefined);
  let next = 0;
  let told = 0;
  const work = async (): Promise<void> => {
    while (next < cases.length && !options.signal.aborted) {
      const index = next++;
      const each = cases[index]!;
      results[index] = 'status' in each ? each : await runOrRefuse(each, options);
      for (let done = results[told]; done !== undefined; done = results[told]) {
        // First: another case may end while this one is told of.
        told++;
        await options.onResult?.(done);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, cases.length) }, work));
  return results.filter((result) => result !== undefined);
}

/** Recording and comparing take as long as the trace is: the size of the golden one tells. */
function weightOf(each: Manifest | CaseResult): number {
  if ('status' in each) return 0;
  return statSync(each.golden, { throwIfNoEntry: false })?.size ?? 0;
}

async function runOrRefuse(manifest: Manifest, options: SuiteOptions): Promise<CaseResult> {
  const { machineProblem } = options;
  if (machineProblem === undefined) return runCase(manifest, options);
  const { name, path } = manifest;
  return { name, path, ...problem(machineProblem, 3), seconds: 0 };
}

interface Cases {
  /** Those that cannot be read are wrong already. */
  readonly cases: readonly (Manifest | CaseResult)[];
  /** Files that are no manifests. */
  readonly leftOut: number;
}

function readCases(path: string): Cases {
  let leftOut = 0;
  const isSuite = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const byGolden = new Map<string, string>();
  const cases = findManifests(path).flatMap((file): (Manifest | CaseResult)[] => {
    const name = isSuite
      ? withoutExtension(relative(path, file))
      : basename(withoutExtension(file));
    const each = readCase(file, name, isSuite);
    if (each === undefined) {
      leftOut++;
      return [];
    }
    if ('status' in each) return [each];
    const other = byGolden.get(each.golden);
    byGolden.set(each.golden, file);
    if (other === undefined) return [each];
    return [wrongCase(file, name, `${file} has the same golden trace as ${other}: name another`)];
  });
  return { cases, leftOut };
}

/** Undefined for a file of a suite that is no manifest. */
function readCase(file: string, name: string, isSuite: boolean): Manifest | CaseResult | undefined {
  try {
    const document = parseManifest(file);
    if (isSuite && !namesGuest(document)) return undefined;
    return decodeManifest(file, name, document);
  } catch (error) {
    if (!(error instanceof KvmtraceError)) throw error;
    return wrongCase(file, name, error.message);
  }
}

function wrongCase(path: string, name: string, message: string): CaseResult {
  return { name, path, ...problem(message, 2), seconds: 0 };
}

function withoutExtension(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}

/** 0: all passed; 1: some differ; 2: some are wrong; 3: this machine cannot record. */
export function suiteExitCode(results: readonly CaseResult[]): 0 | 1 | 2 | 3 {
  const codes = new Set(results.map(({ exitCode }) => exitCode));
  if (codes.has(1)) return 1;
  if (codes.has(3)) return 3;
  return codes.has(2) ? 2 : 0;
}
