/** Which step of the one trace goes with which of the other: those of note do, and what follows each. */
import type { DiffDocument } from '../documents.js';

interface Anchor {
  readonly a: number;
  readonly b: number;
}

export class Alignment {
  /** In order on both sides. */
  readonly #anchors: readonly Anchor[];

  constructor({ start, points }: Pick<DiffDocument, 'start' | 'points'>) {
    const anchors: Anchor[] = [{ a: start.step_a, b: start.step_b }];
    for (const { step_a: a, step_b: b } of points) {
      const last = anchors.at(-1)!;
      if (a !== null && b !== null && a > last.a && b > last.b) anchors.push({ a, b });
    }
    this.#anchors = anchors;
  }

  toB(step: number): number {
    return along(this.#anchors, step, ({ a }) => a, ({ b }) => b); // prettier-ignore
  }

  toA(step: number): number {
    return along(this.#anchors, step, ({ b }) => b, ({ a }) => a); // prettier-ignore
  }
}

/** As far behind the last anchor as on the other side, but never beyond the next. */
function along(
  anchors: readonly Anchor[],
  step: number,
  here: (anchor: Anchor) => number,
  there: (anchor: Anchor) => number,
): number {
  const index = Math.max(0, anchors.findLastIndex((anchor) => here(anchor) <= step)); // prettier-ignore
  const anchor = anchors[index]!;
  const next = anchors[index + 1];
  const found = there(anchor) + (step - here(anchor));
  return Math.max(0, next === undefined ? found : Math.min(found, there(next) - 1));
}
