/** Whatever bytes of a trace are wrong: an answer or one sentence, never a crash or a hang. */
import test from 'ava';
import fc from 'fast-check';
import { readFileSync, writeFileSync } from 'node:fs';
import { KvmtraceError } from '../../src/base/errors.js';
import { Trace } from '../../src/query/trace.js';
import { EXAMPLE } from '../cli/example-trace.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';
import { isOneSentence } from '../helpers/sentence.js';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);
/** Of one file; a loop that the damage makes longer would show. */
const MAX_MS = 5000;

const good = readFileSync(
  writeFixtureTrace({
    ...EXAMPLE,
    // Enough rows for B-trees of more than one page.
    steps: Array.from({ length: 40 }, () => EXAMPLE.steps).flat(),
  }),
);
const path = temporaryPath();

const overwritten = fc.record({
  at: fc.nat({ max: good.length - 1 }),
  bytes: fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(
      Uint8Array.of(0xff, 0xff, 0xff, 0xff),
      Uint8Array.of(0x7f, 0xff, 0xff, 0xff),
      new Uint8Array(64),
    ),
  ),
});
const damage = fc.record({
  changes: fc.array(overwritten, { minLength: 1, maxLength: 6 }),
  cutAt: fc.option(fc.nat({ max: good.length }), { freq: 8 }),
});

/** Takes every row. */
function drain(rows: Iterable<unknown>): void {
  Array.from(rows);
}

/** Everything that commands ask. */
function readEverything(): void {
  using trace = Trace.open(path);
  trace.info();
  const middle = Math.floor(trace.stepCount / 2);
  drain(trace.steps(0, 200));
  trace.interruptions(0, trace.stepCount + 1);
  for (const n of [0, middle, trace.stepCount]) {
    const state = trace.state(n);
    state.registers();
    state.readPhysical(0x1f00, 0x400);
    state.readVirtual(0x7ff0n, 64);
  }
  trace.lastMemoryWrite({ gpa: 0x2000, length: 16 }, middle);
  trace.nextMemoryWrite({ gpa: 0x2000, length: 16 }, middle);
  drain(trace.query('SELECT *, sym(rip) FROM steps').rows);
  drain(trace.query('SELECT * FROM dirty_page').rows);
}

test('a trace with damaged bytes', (t) => {
  let refused = 0;
  fc.assert(
    fc.property(damage, ({ changes, cutAt }) => {
      const bytes = Buffer.from(good);
      for (const { at, bytes: replacement } of changes)
        bytes.set(replacement.subarray(0, bytes.length - at), at);
      writeFileSync(path, cutAt === null ? bytes : bytes.subarray(0, cutAt));
      const start = performance.now();
      try {
        readEverything();
      } catch (error) {
        if (!(error instanceof KvmtraceError)) throw error;
        refused++;
        if (!isOneSentence(error.message))
          throw new Error(`not a sentence: ${error.message}`, { cause: error });
      }
      const took = performance.now() - start;
      if (took > MAX_MS) throw new Error(`took ${took} ms`);
    }),
    { numRuns: RUNS, includeErrorInReport: true },
  );
  t.true(refused > 0);
});
