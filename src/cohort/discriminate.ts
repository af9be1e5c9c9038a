/** What all failing runs share and no passing run has. */
import { inputError } from '../base/errors.js';
import { option } from '../base/option-names.js';
import { requireOneProgram } from '../diff/relation.js';
import { Side } from '../diff/side.js';
import { featuresOf, type Feature, type FeatureKind } from './features.js';

/** A feature that every failing run has and no passing run, or the other way round. */
export interface Discriminator {
  readonly kind: FeatureKind;
  readonly text: string;
  /**
   * `only-failing`: no passing run has it. `more`, `less`: every failing run has it more, or less,
   * often than any passing run. `only-passing`: every passing run has it, and no failing run.
   */
  readonly how: 'only-failing' | 'more' | 'less' | 'only-passing';
  /** The first step of it in the first run that has it. */
  readonly step: number;
  /** How often: least and most in failing and in passing runs. */
  readonly failing: readonly [least: number, most: number];
  readonly passing: readonly [least: number, most: number];
}

/** What sets failing runs apart from passing ones. */
export interface RunComparison {
  readonly passing: readonly { readonly path: string; readonly steps: number }[];
  readonly failing: readonly { readonly path: string; readonly steps: number }[];
  /** The earliest first. */
  readonly found: readonly Discriminator[];
}

interface Range {
  readonly kind: FeatureKind;
  readonly text: string;
  readonly step: number;
  /** Runs that have it. */
  runs: number;
  least: number;
  most: number;
}

/** @throws KvmtraceError (exit code 2) unless there is a run of either sort */
export function compareRuns(pass: readonly string[], fail: readonly string[]): RunComparison {
  if (pass.length === 0)
    throw inputError(`no run passed: give at least one with ${option('pass')}.`);
  if (fail.length === 0)
    throw inputError(`no run failed: give at least one with ${option('fail')}.`);
  const bySymbol = !sameGuest([...pass, ...fail]);
  if (bySymbol) requireOneProgramOfAll([...pass, ...fail]);
  const failing = new Runs(fail, bySymbol);
  const passing = new Runs(pass, bySymbol);
  const found: Discriminator[] = [];
  for (const [key, inFail] of failing.features) {
    const how = judge(inFail, passing.features.get(key), fail.length, pass.length);
    if (how === undefined) continue;
    const inPass = passing.features.get(key);
    found.push(describe(inFail, how, inFail, inPass));
  }
  for (const [key, inPass] of passing.features) {
    if (inPass.runs !== pass.length || failing.features.has(key)) continue;
    found.push(describe(inPass, 'only-passing', undefined, inPass));
  }
  found.sort((x, y) => rank(x) - rank(y) || x.step - y.step || order(x) - order(y));
  return { passing: passing.list, failing: failing.list, found };
}

/** The features of several runs, added up run by run, so that one trace is open at a time. */
class Runs {
  readonly features = new Map<string, Range>();
  readonly list: { path: string; steps: number }[] = [];

  constructor(paths: readonly string[], bySymbol: boolean) {
    for (const path of paths) {
      using side = new Side(path);
      this.list.push({ path, steps: side.stepCount });
      for (const feature of featuresOf(side, bySymbol).values()) this.#add(feature);
    }
  }

  #add({ kind, key, text, count, firstStep }: Feature): void {
    const known = this.features.get(key);
    if (known === undefined) {
      this.features.set(key, { kind, text, step: firstStep, runs: 1, least: count, most: count });
      return;
    }
    known.runs++;
    known.least = Math.min(known.least, count);
    known.most = Math.max(known.most, count);
  }
}

function judge(
  fail: Range,
  pass: Range | undefined,
  failCount: number,
  passCount: number,
): Discriminator['how'] | undefined {
  if (pass === undefined) return fail.runs === failCount ? 'only-failing' : undefined;
  const mostInPass = pass.most;
  const leastInPass = pass.runs === passCount ? pass.least : 0;
  const leastInFail = fail.runs === failCount ? fail.least : 0;
  if (leastInFail > mostInPass) return 'more';
  return fail.most < leastInPass ? 'less' : undefined;
}

function describe(
  { kind, text, step }: Range,
  how: Discriminator['how'],
  fail: Range | undefined,
  pass: Range | undefined,
): Discriminator {
  const range = (side: Range | undefined): [number, number] =>
    side === undefined ? [0, 0] : [side.least, side.most];
  return { kind, text, how, step, failing: range(fail), passing: range(pass) };
}

/** What only failing runs have tells most; counts that differ tell least. */
function rank({ how }: Discriminator): number {
  return { 'only-failing': 0, 'only-passing': 1, more: 2, less: 2 }[how];
}

/** At the same step, what came in from outside explains the branch. */
function order({ kind }: Discriminator): number {
  return ['input', 'interruption', 'branch', 'output'].indexOf(kind);
}

/** Every run with the first, so that two traces are open at a time. */
function requireOneProgramOfAll([first, ...others]: readonly string[]): void {
  using a = new Side(first!);
  for (const path of others) {
    using b = new Side(path);
    requireOneProgram({ a, b });
  }
}

function sameGuest(paths: readonly string[]): boolean {
  const hashes = paths.map((path) => {
    using side = new Side(path);
    return side.meta('guest_sha256');
  });
  return new Set(hashes).size === 1;
}
