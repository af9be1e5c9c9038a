/** What differs before the first step: registers, and memory where the guests are not the same. */
import { PAGE_BYTES } from '../../base/page.js';
import type { SnapshotPage } from '../../trace/read/snapshots.js';
import type { Side, Pair } from '../side.js';
import { isFork } from './start.js';

/** A run of bytes that differs at the start. */
export interface InitialMemory {
  readonly gpa: number;
  readonly a: Uint8Array;
  readonly b: Uint8Array;
}

/** What decides the contents of memory at state 0. */
const ORIGIN = ['guest_sha256', 'guest_format', 'mode', 'memory', 'entry', 'load', 'tool_version'];

/** True where both traces say that they began with the same memory: nothing has to be compared. */
export function sameOrigin({ a, b }: Pair): boolean {
  if (isFork(a) || isFork(b) || !a.believesHashes || !b.believesHashes) return false;
  return ORIGIN.every((key) => a.meta(key) === b.meta(key));
}

/** Runs of bytes that differ in these states, by address, at most `limit` bytes of them. */
export function differingMemory(
  { a, b }: Pair,
  { stepA, stepB }: { readonly stepA: number; readonly stepB: number },
  limit: number,
): InitialMemory[] {
  const runs: InitialMemory[] = [];
  let left = limit;
  for (const [page, dataA, dataB] of pagesOfBoth(pagesAt(a, stepA), pagesAt(b, stepB))) {
    if (Buffer.compare(dataA, dataB) === 0) continue;
    for (let at = 0; at < PAGE_BYTES && left > 0; at++) {
      if (dataA[at] === dataB[at]) continue;
      let end = at + 1;
      while (end < PAGE_BYTES && dataA[end] !== dataB[end]) end++;
      runs.push({
        gpa: page * PAGE_BYTES + at,
        a: dataA.slice(at, end),
        b: dataB.slice(at, end),
      });
      left -= end - at;
      at = end;
    }
    if (left <= 0) break;
  }
  return runs;
}

/** Memory of a state, by page; pages that are not there are zero. */
function* pagesAt({ file, memory }: Side, state: number): Generator<SnapshotPage> {
  if (state === 0) {
    yield* file.snapshots.pages(0);
    return;
  }
  const pages = new Set([...file.snapshots.pageNumbers(0), ...file.memory.writtenPages(state)]);
  for (const page of [...pages].sort((x, y) => x - y)) {
    yield { page, data: memory.read(page * PAGE_BYTES, PAGE_BYTES, state) };
  }
}

/** Pages that either has, in order; a page that is missing is zero. */
function* pagesOfBoth(
  a: Iterable<SnapshotPage>,
  b: Iterable<SnapshotPage>,
): Generator<[number, Uint8Array, Uint8Array]> {
  const zero = new Uint8Array(PAGE_BYTES);
  const iteratorA = a[Symbol.iterator]();
  const iteratorB = b[Symbol.iterator]();
  let x = iteratorA.next();
  let y = iteratorB.next();
  while (x.done !== true || y.done !== true) {
    const pageA = x.done === true ? Infinity : x.value.page;
    const pageB = y.done === true ? Infinity : y.value.page;
    const page = Math.min(pageA, pageB);
    const dataA = x.done !== true && pageA === page ? x.value.data : zero;
    const dataB = y.done !== true && pageB === page ? y.value.data : zero;
    yield [page, dataA, dataB];
    if (pageA === page) x = iteratorA.next();
    if (pageB === page) y = iteratorB.next();
  }
}
