/** Calls that stand in the code of both builds: which one of a function is which in the other. */
import type { Body } from '../model/blocks.js';
import type { Positions } from './code-alignment.js';
import { Control, type CodeModel } from '../model/model.js';

/** What a call or tail call calls, the same in both builds; undefined where that cannot be said. */
export type CalleeOf = (functionIndex: number) => number | undefined;

/** A function of one build, with what its calls lead to. */
export interface SiteSide {
  readonly model: CodeModel;
  readonly body: Body;
  readonly calleeOf: CalleeOf;
}

/**
 * Positions of calls of the same function, where both have equally many: of one each nothing but
 * that is needed, of several each has to be aligned with one.
 */
export function pairSites(a: SiteSide, b: SiteSide, pairs: readonly Positions[]): Positions[] {
  const sitesB = sitesOf(b);
  const aligned = new Map(pairs);
  const found: Positions[] = [];
  for (const [callee, own] of sitesOf(a)) {
    const other = sitesB.get(callee) ?? [];
    if (own.length !== other.length) continue;
    if (own.length === 1) {
      found.push([own[0]!, other[0]!]);
      continue;
    }
    const both = own.map((s): Positions => [s, aligned.get(s) ?? -1]);
    if (both.every(([, t]) => other.includes(t))) found.push(...both);
  }
  return found;
}

/** By what is called (-1: through a register or memory): where. */
function sitesOf({ model, body, calleeOf }: SiteSide): Map<number, number[]> {
  const sites = new Map<number, number[]>();
  for (const [i, { id }] of body.code.entries()) {
    const callee = calledAt(model, id, calleeOf);
    if (callee === undefined) continue;
    const known = sites.get(callee);
    if (known === undefined) sites.set(callee, [i]);
    else known.push(i);
  }
  return sites;
}

function calledAt(model: CodeModel, id: number, calleeOf: CalleeOf): number | undefined {
  const control = model.control[id]!;
  if (control !== Control.call && control !== Control.jump) return undefined;
  const target = model.target[id]!;
  if (target < 0) return control === Control.call ? -1 : undefined;
  const callee = model.entryAt(target);
  // A jump to the beginning of the function itself is a loop.
  if (callee < 0 || (control === Control.jump && callee === model.functionOf[id])) return undefined;
  return calleeOf(callee);
}
