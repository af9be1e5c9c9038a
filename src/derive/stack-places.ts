/**
 * Where the calls under way have their frames, to tell in which of them a stack pointer is. Stacks do
 * not overlap: of all places at or above the pointer the lowest is that of its frame, if the pointer's
 * stack has a frame that is known at all. That holds for any number of stacks, wherever they lie, and
 * needs no guess about how large a stack may be.
 *
 * Pointers are signed numbers: canonical addresses (SDM vol. 1, 3.3.7.1) fit them without loss, and
 * no stack lies across the middle of the address space.
 */

/** Stacks that are looked through; of more, the outermost are no longer known. */
const MAX_STACKS = 64;

/** The frames' places on all stacks, searched by stack pointer. */
export class StackPlaces {
  #places = new Float64Array(1024);
  #tags = new Int32Array(1024);
  #count = 0;
  /** Where in #places runs begin: in each the places descend, as the frames of one stack do. */
  readonly #runs: number[] = [];

  push(place: number, tag: number): void {
    const count = this.#count++;
    if (count === this.#places.length) this.#grow();
    if (count === 0 || place > this.#places[count - 1]!) this.#runs.push(count);
    this.#places[count] = place;
    this.#tags[count] = tag;
  }

  pop(): void {
    if (this.#runs.at(-1) === --this.#count) this.#runs.pop();
  }

  /** Moves the newest place up to at least `place`. */
  raise(place: number): void {
    const last = this.#count - 1;
    if (place <= this.#places[last]!) return;
    this.#places[last] = place;
    if (this.#runs.at(-1) !== last && place > this.#places[last - 1]!) this.#runs.push(last);
  }

  /** The tag of the lowest place that is not below `pointer`, of equals the newest; else undefined. */
  find(pointer: number): number | undefined {
    const places = this.#places;
    const runs = this.#runs;
    let found = -1;
    let end = this.#count;
    const stop = Math.max(0, runs.length - MAX_STACKS);
    for (let run = runs.length - 1; run >= stop; run--) {
      const start = runs[run]!;
      if (places[start]! >= pointer) {
        const at = this.#lastAtOrAbove(pointer, start, end);
        if (found < 0 || places[at]! < places[found]!) found = at;
      }
      end = start;
    }
    return found < 0 ? undefined : this.#tags[found];
  }

  /** Of a run that begins at or above `pointer`. */
  #lastAtOrAbove(pointer: number, start: number, end: number): number {
    let low = start;
    let high = end;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#places[middle]! >= pointer) low = middle;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const places = new Float64Array(this.#places.length * 2);
    places.set(this.#places);
    this.#places = places;
    const tags = new Int32Array(places.length);
    tags.set(this.#tags);
    this.#tags = tags;
  }
}
