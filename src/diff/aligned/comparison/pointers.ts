/** Pointers in the memory of two builds that point to the same thing. */
import type { TraceSymbol } from '../../../trace/read/symbols.js';
import type { CodeModel } from '../model/model.js';
import type { ObjectPair } from './objects.js';
import { sourceName } from '../model/symbol-names.js';

/** Lower words are numbers, not addresses. */
const LOWEST_ADDRESS = 0x1000n;
/** Longer texts are compared up to here. */
const MAX_TEXT = 64;
const SIZES = [8, 4] as const;

/** Compares words of memory that may be pointers, by the variables that they point to. */
export class MovedPointers {
  readonly #a: CodeModel;
  readonly #b: CodeModel;
  readonly #counterparts: ReadonlyMap<TraceSymbol, TraceSymbol>;
  readonly #ends: readonly [Map<bigint, TraceSymbol>, Map<bigint, TraceSymbol>];
  readonly #texts = new Map<string, boolean>();

  constructor(a: CodeModel, b: CodeModel, pairs: readonly ObjectPair[]) {
    this.#a = a;
    this.#b = b;
    this.#counterparts = new Map(pairs.map((each) => [each.a, each.b]));
    const ends = (symbols: readonly TraceSymbol[]): Map<bigint, TraceSymbol> =>
      new Map(symbols.map((each) => [each.address + BigInt(each.size), each]));
    this.#ends = [ends(pairs.map((each) => each.a)), ends(pairs.map((each) => each.b))];
  }

  /**
   * The end of a pointer that holds byte `at` and points to the same on both sides; undefined if
   * there is none. Words at their alignment are tried first, then packed ones.
   *
   * @param from the first byte that may belong to it
   */
  endAt(bytesA: Buffer, bytesB: Buffer, at: number, from: number): number | undefined {
    const limit = Math.min(bytesA.length, bytesB.length);
    for (const aligned of [true, false]) {
      for (const size of SIZES) {
        for (let start = Math.min(at, limit - size); start >= from && start > at - size; start--) {
          if ((start % size === 0) !== aligned) continue;
          if (this.#same(wordAt(bytesA, start, size), wordAt(bytesB, start, size))) {
            return start + size;
          }
        }
      }
    }
    return undefined;
  }

  #same(wordA: bigint, wordB: bigint): boolean {
    if (wordA < LOWEST_ADDRESS || wordB < LOWEST_ADDRESS) return false;
    const inA = this.#a.side.file.symbols.at(wordA);
    const inB = this.#b.side.file.symbols.at(wordB);
    if (
      inA !== undefined &&
      inB !== undefined &&
      inA.offset === inB.offset &&
      this.#sameSymbol(inA.symbol, inB.symbol)
    ) {
      return true;
    }
    // Right behind a variable, as the end of an array: what follows there is chance.
    const endA = this.#ends[0].get(wordA);
    const endB = this.#ends[1].get(wordB);
    if (endA !== undefined && endB !== undefined && this.#sameSymbol(endA, endB)) return true;
    // String literals have no symbols: they are the same if they read the same.
    return inA === undefined && inB === undefined && this.#sameText(wordA, wordB);
  }

  #sameSymbol(a: TraceSymbol, b: TraceSymbol): boolean {
    const counterpart = this.#counterparts.get(a);
    return counterpart === undefined
      ? a.kind === b.kind && sourceName(a.name) === sourceName(b.name)
      : counterpart === b;
  }

  #sameText(wordA: bigint, wordB: bigint): boolean {
    const key = `${wordA} ${wordB}`;
    let same = this.#texts.get(key);
    if (same === undefined) {
      const text = textAt(this.#a, wordA);
      same = text.length > 0 && text.equals(textAt(this.#b, wordB));
      if (this.#texts.size < MAX_KNOWN) this.#texts.set(key, same);
    }
    return same;
  }
}

/** Answers that are kept. */
const MAX_KNOWN = 100_000;

function wordAt(bytes: Buffer, at: number, size: 4 | 8): bigint {
  return size === 8 ? bytes.readBigUInt64LE(at) : BigInt(bytes.readUInt32LE(at));
}

/** What stands there at the end, up to a zero. */
function textAt({ side, image }: CodeModel, address: bigint): Buffer {
  if (!image.holds(address)) return Buffer.alloc(0);
  const { bytes } = side.state(side.stepCount).readVirtual(address, MAX_TEXT);
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end));
}
