/** What is in the guest's variables at the end, by symbol; pointers that only moved are equal. */
import type { TraceSymbol } from '../../../trace/read/symbols.js';
import type { Side } from '../../side.js';
import type { DisplayNames } from './display-names.js';
import type { CodeModel } from '../model/model.js';
import { pairObjects, type ObjectPair } from './objects.js';
import { MovedPointers } from './pointers.js';

/** A variable that holds something else in b at the end. */
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

/** The variables at the end of both runs, compared. */
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
export function compareFinalMemory(
  a: CodeModel,
  b: CodeModel,
  names: DisplayNames,
): FinalMemory | undefined {
  const objects = pairObjects(a, b, names);
  if (objects === undefined) return undefined;
  const { pairs, onlyA, onlyB } = objects;
  const pointers = new MovedPointers(a, b, pairs);
  const differences = pairs.flatMap((pair) => compareVariable(a.side, b.side, pair, pointers));
  return { compared: pairs.length, differences, onlyA, onlyB };
}

function compareVariable(
  a: Side,
  b: Side,
  pair: ObjectPair,
  pointers: MovedPointers,
): VariableDifference[] {
  const bytesA = read(a, pair.a);
  const bytesB = read(b, pair.b);
  if (bytesA.equals(bytesB)) return [];
  const size = Math.min(bytesA.length, bytesB.length);
  let first = -1;
  let count = 0;
  // Bytes before belong to a pointer already.
  let from = 0;
  for (let at = 0; at < size; at++) {
    if (bytesA[at] === bytesB[at]) continue;
    const end = pointers.endAt(bytesA, bytesB, at, from);
    if (end !== undefined) {
      from = end;
      at = end - 1;
      continue;
    }
    if (first < 0) first = at;
    count++;
  }
  if (first < 0 && bytesA.length === bytesB.length) return [];
  const offset = first < 0 ? size : first;
  return [
    {
      name: pair.name,
      sizeA: pair.a.size,
      sizeB: pair.b.size,
      offset,
      bytes: count + Math.abs(bytesA.length - bytesB.length),
      a: bytesA.subarray(offset, offset + SHOWN),
      b: bytesB.subarray(offset, offset + SHOWN),
    },
  ];
}

function read(side: Side, { address, size }: TraceSymbol): Buffer {
  const { bytes } = side.state(side.stepCount).readVirtual(address, Math.min(size, MAX_BYTES));
  return Buffer.from(bytes);
}
