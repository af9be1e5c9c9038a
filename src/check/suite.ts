/** A suite: its cases, several at a time, reported in order. */
import { statSync } from 'node:fs';
import { basename, extname, relative } from 'node:path';
import { KvmtraceError } from '../errors.js';
import { findManifests } from './find.js';
import type { Manifest } from './manifest.js';
import { problem } from './outcome.js';
import { decodeManifest, namesGuest, parseManifest } from './read-manifest.js';
import { runCase, type CaseOptions, type CaseResult } from './run-case.js';

export interface SuiteOptions extends CaseOptions {
  /** Cases that run at a time. */
  readonly jobs: number;
  /** Told of each case, in the order of the suite. */
  onResult?(result: CaseResult): void | Promise<void>;
  /** Told of JSON and YAML files that are no manifests. */
  onLeftOut?(file: string): void;
}

/** Runs every case below `path`; what cannot be read as a manifest is a case that is wrong. */
export async function runSuite(path: string, options: SuiteOptions): Promise<CaseResult[]> {
  const cases = readCases(path, (file) => options.onLeftOut?.(file));
  const results: (CaseResult | undefined)[] = cases.map(() => undefined);
  let next = 0;
  let told = 0;
  const work = async (): Promise<void> => {
    while (next < cases.length && !options.signal.aborted) {
      const index = next++;
      const each = cases[index]!;
      results[index] = 'status' in each ? each : await runCase(each, options);
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

/** @param onLeftOut told of files that are no manifests */
function readCases(path: string, onLeftOut: (file: string) => void): (Manifest | CaseResult)[] {
  const isSuite = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const byGolden = new Map<string, string>();
  return findManifests(path).flatMap((file): (Manifest | CaseResult)[] => {
    const name = isSuite
      ? withoutExtension(relative(path, file))
      : basename(withoutExtension(file));
    const each = readCase(file, name, isSuite);
    if (each === undefined) {
      onLeftOut(file);
      return [];
    }
    if ('status' in each) return [each];
    const other = byGolden.get(each.golden);
    byGolden.set(each.golden, file);
    if (other === undefined) return [each];
    return [wrongCase(file, name, `${file} has the same golden trace as ${other}: name another`)];
  });
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
