/** What is in the guest's variables at the end, by symbol; pointers that only moved are equal. */
import type { TraceSymbol } from '../../trace/reader/symbols.js';
import type { Side } from '../side.js';

export interface VariableDifference {
  readonly name: string;
  readonly sizeA: number;
  readonly sizeB: number;
  /** The first byte that differs, and how many do. */
  readonly offset: number;
  readonly bytes: number;
  /** What is there, some bytes of it. */
  readonly a: Uint8Array;
  readonly b: Uint8Array;
}

export interface FinalMemory {
  /** Variables that both have. */
  readonly compared: number;
  readonly differences: readonly VariableDifference[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

/** Larger variables are compared up to here. */
const MAX_BYTES = 16 * 1024 * 1024;
const SHOWN = 8;

/** Undefined without symbols of objects on both sides. */
export function compareFinalMemory(a: Side, b: Side): FinalMemory | undefined {
  const objectsA = objectsOf(a);
  const objectsB = objectsOf(b);
  if (objectsA.size === 0 || objectsB.size === 0) return undefined;
  const differences: VariableDifference[] = [];
  let compared = 0;
  for (const [name, symbolA] of objectsA) {
    const symbolB = objectsB.get(name);
    if (symbolB === undefined) continue;
    compared++;
    const difference = compareVariable(a, b, symbolA, symbolB);
    if (difference !== undefined) differences.push(difference);
  }
  const only = (x: typeof objectsA, y: typeof objectsA): string[] =>
    [...x.keys()].filter((name) => !y.has(name));
  const [onlyA, onlyB] = [only(objectsA, objectsB), only(objectsB, objectsA)];
  return { compared, differences, onlyA, onlyB };
}

function objectsOf(side: Side): Map<string, TraceSymbol> {
  const objects = new Map<string, TraceSymbol>();
  for (const symbol of side.file.symbols.symbols) {
    if (symbol.kind !== 'object' || symbol.size === 0) continue;
    let name = symbol.name;
    // Static variables of several files share a name.
    for (let i = 2; objects.has(name); i++) name = `${symbol.name}#${i}`;
    objects.set(name, symbol);
  }
  return objects;
}

function compareVariable(
  a: Side,
  b: Side,
  symbolA: TraceSymbol,
  symbolB: TraceSymbol,
): VariableDifference | undefined {
  const read = (side: Side, { address, size }: TraceSymbol): Buffer =>
    Buffer.from(side.state(side.stepCount).readVirtual(address, Math.min(size, MAX_BYTES)).bytes);
  const bytesA = read(a, symbolA);
  const bytesB = read(b, symbolB);
  if (bytesA.equals(bytesB)) return undefined;
  const size = Math.min(bytesA.length, bytesB.length);
  let first = -1;
  let count = 0;
  for (let at = 0; at < size; at++) {
    if (bytesA[at] === bytesB[at]) continue;
    const word = at - (at % 8);
    if (
      word + 8 <= size &&
      movedPointer(a, b, bytesA.readBigUInt64LE(word), bytesB.readBigUInt64LE(word))
    ) {
      at = word + 7;
      continue;
    }
    if (first < 0) first = at;
    count++;
  }
  if (first < 0 && bytesA.length === bytesB.length) return undefined;
  const offset = first < 0 ? size : first;
  return {
    name: symbolA.name,
    sizeA: symbolA.size,
    sizeB: symbolB.size,
    offset,
    bytes: count + Math.abs(bytesA.length - bytesB.length),
    a: bytesA.subarray(offset, offset + SHOWN),
    b: bytesB.subarray(offset, offset + SHOWN),
  };
}

/** The two words point at the same place of the same thing. */
function movedPointer(a: Side, b: Side, wordA: bigint, wordB: bigint): boolean {
  const inA = a.file.symbols.at(wordA);
  const inB = b.file.symbols.at(wordB);
  // String literals have no symbols: they are the same if they read the same.
  if (inA === undefined && inB === undefined) return sameText(a, b, wordA, wordB);
  return (
    inA !== undefined &&
    inB !== undefined &&
    inA.symbol.name === inB.symbol.name &&
    inA.offset === inB.offset
  );
}

/** Longer texts are compared up to here. */
const MAX_TEXT = 64;
/** Lower words are numbers, not addresses. */
const LOWEST_ADDRESS = 0x1000n;

function sameText(a: Side, b: Side, wordA: bigint, wordB: bigint): boolean {
  if (wordA < LOWEST_ADDRESS || wordB < LOWEST_ADDRESS) return false;
  const text = (side: Side, address: bigint): Buffer => {
    const bytes = Buffer.from(side.state(side.stepCount).readVirtual(address, MAX_TEXT).bytes);
    const end = bytes.indexOf(0);
    return end < 0 ? bytes : bytes.subarray(0, end);
  };
  const textA = text(a, wordA);
  return textA.length > 0 && textA.equals(text(b, wordB));
}
