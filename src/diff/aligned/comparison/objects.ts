/** Which variable of one build is which of the other. */
import type { TraceSymbol } from '../../../trace/read/symbols.js';
import { assignByKey, overlap } from '../pairing/assign.js';
import { shownName, type DisplayNames } from './display-names.js';
import type { CodeModel } from '../model/model.js';
import { sourceVariable } from '../model/symbol-names.js';

/** A variable of a and its counterpart in b. */
export interface ObjectPair {
  /** The name in a, numbered where several share it. */
  readonly name: string;
  readonly a: TraceSymbol;
  readonly b: TraceSymbol;
}

/** The variables of both builds, paired by name and order. */
export interface ObjectPairs {
  readonly pairs: readonly ObjectPair[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/**
 * Undefined without symbols of objects on both sides.
 *
 * @param names of functions, the same for those that were paired
 */
export function pairObjects(
  a: CodeModel,
  b: CodeModel,
  names: DisplayNames,
): ObjectPairs | undefined {
  const restA = new Set(objectsOf(a));
  const restB = new Set(objectsOf(b));
  if (restA.size === 0 || restB.size === 0) return undefined;
  const namesA = numbered(restA);
  const namesB = numbered(restB);
  const [usersA, usersB] = [usersOf(a, restA, names.a), usersOf(b, restB, names.b)];
  const score = (x: TraceSymbol, y: TraceSymbol): number =>
    2 * overlap(usersA.get(x) ?? NOBODY, usersB.get(y) ?? NOBODY) +
    (x.size === y.size ? 1 : 0) +
    (sameContents(a, b, x, y) ? 1 : 0);
  const bySymbol = ({ name }: TraceSymbol): string => name;
  // Static variables of functions are numbered as the compiler met them.
  const bySource = ({ name }: TraceSymbol): string => sourceVariable(name);
  const pairs = [
    ...assignByKey(restA, restB, [bySymbol, bySymbol], score),
    ...assignByKey(restA, restB, [bySource, bySource], score),
  ];
  return {
    pairs: pairs
      .map(([x, y]) => ({ name: namesA.get(x)!, a: x, b: y }))
      .sort((p, q) => (p.a.address < q.a.address ? -1 : 1)),
    onlyA: [...restA].map((each) => namesA.get(each)!),
    onlyB: [...restB].map((each) => namesB.get(each)!),
  };
}

const NOBODY: ReadonlySet<string> = new Set();

function objectsOf({ side }: CodeModel): TraceSymbol[] {
  return side.file.symbols.symbols.filter(({ kind, size }) => kind === 'object' && size > 0);
}

function numbered(objects: ReadonlySet<TraceSymbol>): Map<TraceSymbol, string> {
  const seen = new Map<string, number>();
  const names = new Map<TraceSymbol, string>();
  for (const each of objects) {
    const count = (seen.get(each.name) ?? 0) + 1;
    seen.set(each.name, count);
    names.set(each, shownName(count === 1 ? each.name : `${each.name}#${count}`));
  }
  return names;
}

/** The functions whose code names the address of one of those objects whose name is shared. */
function usersOf(
  { side, functions }: CodeModel,
  objects: ReadonlySet<TraceSymbol>,
  names: readonly string[],
): Map<TraceSymbol, Set<string>> {
  const counts = new Map<string, number>();
  for (const { name } of objects) {
    const key = sourceVariable(name);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const users = new Map<TraceSymbol, Set<string>>();
  if ([...counts.values()].every((count) => count === 1)) return users;
  for (const { code, index } of functions) {
    for (const { text } of code) {
      for (const [number] of text.matchAll(/0x[0-9a-f]+/g)) {
        const found = side.file.symbols.at(BigInt(number))?.symbol;
        if (found === undefined || (counts.get(sourceVariable(found.name)) ?? 0) < 2) continue;
        const known = users.get(found);
        if (known === undefined) users.set(found, new Set([names[index]!]));
        else known.add(names[index]!);
      }
    }
  }
  return users;
}

/** Bytes of what two variables began with that are looked at. */
const LOOK = 64;

function sameContents(a: CodeModel, b: CodeModel, x: TraceSymbol, y: TraceSymbol): boolean {
  const bytesA = a.image.loaded(x.address, Math.min(LOOK, x.size));
  const bytesB = b.image.loaded(y.address, Math.min(LOOK, y.size));
  return Buffer.from(bytesA).equals(bytesB);
}
