/**
 * Folded stacks: `main;fibonacci;memcpy 812` is how many steps ran in memcpy under these callers
 * themselves, without what it called. Readers add up lines of the same stack.
 */
import { callEdges } from '../query/calls.js';
import { singleFile, type Chunk, type ExportSource } from './exporter.js';
import { FunctionNames } from './function-name.js';

/** Distinct stacks kept before they are written out: a bound on memory. */
const MAX_STACKS = 100_000;

/** For flamegraph.pl, inferno and speedscope. */
export const folded = singleFile(chunks);

interface Open {
  readonly stack: string;
  /** Steps of the calls made in it. */
  callees: number;
}

function* chunks({ trace, from, to, progress }: ExportSource): Generator<Chunk> {
  const names = new FunctionNames(trace);
  const open: Open[] = [];
  let stacks = new Map<string, number>();
  for (const { kind, call, start, end } of callEdges(trace.calls(from, to), from, to)) {
    if (kind === 'enter') {
      // Of what a semicolon would split, the reader sees a colon.
      const name = names.of(call.address).replaceAll(';', ':');
      const caller = open.at(-1)?.stack;
      open.push({ stack: caller === undefined ? name : `${caller};${name}`, callees: 0 });
      continue;
    }
    const { stack, callees } = open.pop()!;
    const steps = end - start;
    const own = steps - callees;
    const caller = open.at(-1);
    if (caller !== undefined) caller.callees += steps;
    if (own > 0) stacks.set(stack, (stacks.get(stack) ?? 0) + own);
    progress(end);
    if (stacks.size < MAX_STACKS) continue;
    yield* lines(stacks);
    stacks = new Map();
  }
  yield* lines(stacks);
}

function* lines(stacks: ReadonlyMap<string, number>): Generator<Chunk> {
  for (const [stack, steps] of stacks) yield `${stack} ${steps}\n`;
}
