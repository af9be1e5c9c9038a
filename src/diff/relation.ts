/** Whether two traces are of one program: runs of one guest, or of two builds of it. */
import { inputError } from '../base/errors.js';
import type { AlignedDiff } from './aligned/aligned-diff.js';
import { sourceName } from './aligned/model/symbol-names.js';
import type { Pair, Side } from './side.js';

/** How much two guests have in common. */
export interface Relation {
  /** The traces name the same image of the guest. */
  readonly sameGuest: boolean;
  /** What was counted; undefined where nothing had to be, or could be. */
  readonly by: 'functions' | 'steps' | undefined;
  /** What both have of it, 0 to 1. */
  readonly share: number;
  /** The share in words, as `8 of 54 functions have the same name (15%)`. */
  readonly text: string;
}

/** Traces of guests that share less are not taken for runs of one program. */
export const LEAST_SHARE = 0.4;

/** Whether the traces have enough in common to be compared. */
export function isOneProgram({ sameGuest, by, share }: Relation): boolean {
  return sameGuest || by === undefined || share >= LEAST_SHARE;
}

/** What can be told before the code is compared. */
export function relationOf({ a, b }: Pair): Relation {
  const hash = a.meta('guest_sha256');
  if (hash !== undefined && hash === b.meta('guest_sha256')) {
    return { sameGuest: true, by: undefined, share: 1, text: 'the same guest' };
  }
  const [namesA, namesB] = [functionNames(a), functionNames(b)];
  if (namesA.size === 0 || namesB.size === 0) {
    return { sameGuest: false, by: undefined, share: 0, text: '' };
  }
  const both = [...namesA].filter((name) => namesB.has(name)).length;
  const of = Math.max(namesA.size, namesB.size);
  const share = both / of;
  const text = `${both} of ${of} functions have the same name (${percent(share)})`;
  return { sameGuest: false, by: 'functions', share, text };
}

/** Without symbols in both, how much of the code that ran could be aligned tells. */
export function relationBySteps({ coverage, coverageB }: AlignedDiff): Relation {
  const share = Math.max(coverage, coverageB);
  const text = `${percent(coverage)} of a's steps and ${percent(coverageB)} of b's have a counterpart`;
  return { sameGuest: false, by: 'steps', share, text };
}

/** The first words of every report on traces that are not of one program. */
export function notOneProgram({ text }: Relation): string {
  return `not two runs of one program: other guests, ${text}`;
}

/** @throws KvmtraceError (exit code 2) unless `b` is a run of the program that `a` is one of */
export function requireOneProgram(pair: Pair): void {
  const relation = relationOf(pair);
  if (isOneProgram(relation)) return;
  throw inputError(
    `${pair.a.path} and ${pair.b.path} are ${notOneProgram(relation)}, less than ${percent(LEAST_SHARE)}: compare runs of one guest, or of builds of one program.`,
  );
}

/** Names in the source, of all functions that the image has symbols of, whether or not they ran. */
function functionNames({ file }: Side): Set<string> {
  const functions = file.symbols.symbols.filter(({ kind }) => kind === 'function');
  return new Set(functions.map(({ name }) => sourceName(name)));
}

/** A share of 1 as percent, with a digit behind the point where that matters. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value > 0 && value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)}%`;
}
