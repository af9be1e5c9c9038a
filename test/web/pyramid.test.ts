/** Level of detail: what is drawn covers what is there, and is never more than a screen can show. */
import test from 'ava';
import { Pyramid, SpanList, type Span } from '../../src/web/timeline/pyramid.js';
import { createRandom } from '../helpers/random.js';

interface Call {
  readonly depth: number;
  readonly start: number;
  readonly end: number;
}

/** Calls in calls, at random, in order of their beginnings. */
function randomCalls(steps: number, seed: number): Call[] {
  const random = createRandom(seed);
  const calls: Call[] = [];
  const fill = (depth: number, from: number, to: number): void => {
    calls.push({ depth, start: from, end: to });
    if (depth === 5) return;
    for (let at = from + 1; at < to - 1;) {
      const length = 1 + random(Math.max(1, Math.min(to - at, 4000) >> (depth + random(4))));
      const end = Math.min(to, at + length);
      if (random(3) > 0) fill(depth + 1, at, end);
      at = end + random(1 + (length >> 1));
    }
  };
  fill(0, 0, steps);
  return calls;
}

const STEPS = 100_000;
const CALLS = randomCalls(STEPS, 17);

function pyramidOf(calls: readonly Call[]): Pyramid {
  const list = new SpanList();
  for (const { depth, start, end } of calls) list.add(depth, start, end, depth, 1);
  return new Pyramid(list.finish());
}

const pyramid = pyramidOf(CALLS);

test('up close every call is a span of its own', (t) => {
  const shown = [...pyramid.visible(0, STEPS, 1)];
  t.deepEqual(
    shown.map(({ depth, start, end, calls }) => [depth, start, end, calls]),
    CALLS.toSorted((a, b) => a.depth - b.depth || a.start - b.start).map(({ depth, start, end }) => [depth, start, end, 1]), // prettier-ignore
  );
});

test('from afar no call is lost, and none is drawn where nothing is near', (t) => {
  for (const pixel of [4, 64, 1000]) {
    const shown = [...pyramid.visible(0, STEPS, pixel)];
    for (const depth of [0, 1, 2, 3, 4, 5]) {
      const own = shown.filter((each) => each.depth === depth);
      const calls = CALLS.filter((each) => each.depth === depth);
      t.is(sum(own.map((each) => each.calls)), calls.length, `depth ${depth}, pixel ${pixel}`);
      for (const call of calls) {
        t.true(own.some(({ start, end }) => start <= call.start && call.end <= end));
      }
      for (const { start, end } of own) {
        const within = calls.filter((call) => call.start >= start && call.end <= end);
        const gaps = within.slice(1).map((call, i) => call.start - within[i]!.end);
        t.true(
          gaps.every((gap) => gap < pixel),
          'gaps that one can see stay',
        );
      }
    }
  }
});

test('a picture has at most a few spans a pixel', (t) => {
  for (const pixel of [16, 100, 1000]) {
    const perDepth = new Map<number, number>();
    for (const { depth } of pyramid.visible(0, STEPS, pixel)) {
      perDepth.set(depth, (perDepth.get(depth) ?? 0) + 1);
    }
    for (const count of perDepth.values())
      t.true(count <= (4 * STEPS) / pixel, `${count} of ${pixel}`);
  }
});

test('a window has the spans that reach into it', (t) => {
  const within = (from: number, to: number): Span[] => [...pyramid.visible(from, to, 1)];
  const [from, to] = [40_000, 41_000];
  t.is(within(from, to).length, CALLS.filter(({ start, end }) => start < to && end > from).length);
});

test('spans of one depth do not overlap at any level', (t) => {
  for (let pixel = 1; pixel <= STEPS; pixel *= 2) {
    let last = { depth: -1, end: 0 };
    for (const { depth, start, end } of pyramid.visible(0, STEPS, pixel)) {
      if (depth === last.depth) t.true(start >= last.end);
      t.true(end > start);
      last = { depth, end };
    }
  }
});

test('a trace without calls has an empty picture', (t) => {
  t.deepEqual([...pyramidOf([]).visible(0, 10, 1)], []);
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
