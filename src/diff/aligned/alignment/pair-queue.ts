/** Pairs by how good they are, the best first; of equals the first in order. */
export class PairQueue {
  readonly #heap: [value: number, i: number, j: number][] = [];

  push(value: number, i: number, j: number): void {
    const heap = this.#heap;
    heap.push([value, i, j]);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[parent]!)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  pop(): [i: number, j: number] | undefined {
    const heap = this.#heap;
    const best = heap[0];
    const last = heap.pop();
    if (best === undefined || last === undefined) return undefined;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return [best[1], best[2]];
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let next = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[next]!)) next = child;
      }
      if (next === at) return;
      [heap[at], heap[next]] = [heap[next]!, heap[at]!];
      at = next;
    }
  }
}

function isBefore(x: readonly number[], y: readonly number[]): boolean {
  return x[0] !== y[0] ? x[0]! > y[0]! : x[1] !== y[1] ? x[1]! < y[1]! : x[2]! < y[2]!;
}
