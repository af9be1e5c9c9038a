/** A trace is untrusted: whatever is in it, reading gives an answer or one sentence, and in time. */
import test from 'ava';
import Sqlite from 'better-sqlite3';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexTrace } from '../../src/derive/index-trace.js';
import { KvmtraceError } from '../../src/base/errors.js';
import { Trace } from '../../src/query/trace.js';
import { temporaryPath } from '../helpers/fixture-trace.js';
import { isOneSentence } from '../helpers/sentence.js';
import { createRandom } from '../helpers/random.js';
import { DERIVED_TRAPS, spoilBytes, spoilValues, TRAPS, writeSound } from './hostile.js';

/** `FUZZ_ROUNDS=1000 npx ava test/trace/fuzz.test.ts` looks harder. */
const ROUNDS = Number(process.env['FUZZ_ROUNDS'] ?? 40);
const SEED = 4;
const MAX_CASE_MS = 10_000;

const VIEWS = ['dirty_page', 'input', 'steps', 'memory_access', 'call', 'function_steps'];

/** Everything that can be asked of a trace without KVM. */
const QUESTIONS: Readonly<Record<string, (trace: Trace) => unknown>> = {
  info: (trace) => trace.info(),
  steps: (trace) => [...trace.steps(0, 100)],
  'last steps': (trace) => [...trace.steps(Math.max(0, trace.stepCount - 20), 20)],
  registers: (trace) => trace.state(Math.min(9, trace.stepCount)).registers(),
  'last state': (trace) => trace.state(trace.stepCount).generalRegisters(),
  rip: (trace) => trace.state(trace.stepCount).rip,
  virtual: (trace) => trace.state(Math.min(20, trace.stepCount)).readVirtual(0x4000n, 0x3000),
  physical: (trace) => trace.state(Math.min(20, trace.stepCount)).readPhysical(0, 0x9000),
  'all memory': (trace) => trace.state(0).readPhysical(0, 64 * 1024 * 1024),
  interruptions: (trace) => trace.interruptions(0, 99),
  'last writes': (trace) => [
    trace.lastRegisterWrite('rax', 30),
    trace.nextRegisterWrite('rax', 3),
    trace.lastMemoryWrite({ gpa: 0x6ff0, length: 8 }, 40),
    trace.nextMemoryWrite({ gpa: 0, length: 0x8000 }, 0),
  ],
  executions: (trace) => [...take(trace.executions(0x4008n), 1000)],
  'nth execution': (trace) => trace.nthExecution(0x4008n, 5),
  accesses: (trace) => trace.accesses({ gpa: 0x6000, length: 0x2000 }),
  'last access': (trace) => trace.lastAccess({ gpa: 0x6ff0, length: 8 }, 50),
  'next access': (trace) => trace.nextAccess({ gpa: 0x6ff0, length: 8 }, 10),
  'call stack': (trace) => trace.callStack(Math.min(12, trace.stepCount)),
  'call tree': (trace) => trace.callTree(),
  'hot functions': (trace) => trace.hotFunctions(),
  'hot instructions': (trace) => trace.hotInstructions(50),
  'why rax': (trace) => trace.why(Math.min(60, trace.stepCount), 'rax', { addresses: true }),
  'why zf': (trace) => trace.why(Math.min(60, trace.stepCount), 'zf'),
  'why memory': (trace) => trace.why(Math.min(60, trace.stepCount), { gpa: 0x6110, length: 16 }),
  ...Object.fromEntries(
    VIEWS.map((view) => [
      `SELECT from ${view}`,
      (trace: Trace) => [...take(trace.query(`SELECT * FROM ${view}`).rows, 2000)],
    ]),
  ),
};

function* take<T>(items: Iterable<T>, count: number): Generator<T> {
  for (const item of items) {
    if (count-- <= 0) return;
    yield item;
  }
}

/** What went wrong in a way it must not, or nothing. */
function complaints(path: string): string[] {
  const wrong: string[] = [];
  const attempt = (what: string, ask: () => unknown): void => {
    const start = performance.now();
    try {
      ask();
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (!(error instanceof KvmtraceError)) wrong.push(`${what}: ${text}`);
      else if (!isOneSentence(error.message))
        wrong.push(`${what}: not a sentence: ${error.message}`);
    }
    const time = performance.now() - start;
    if (time > MAX_CASE_MS) wrong.push(`${what}: took ${Math.round(time)} ms`);
  };
  const before = readFileSync(path);
  const beside = readdirSync(dirname(path));
  attempt('open', () => {
    using trace = Trace.open(path);
    for (const [name, ask] of Object.entries(QUESTIONS)) attempt(name, () => ask(trace));
  });
  if (!readFileSync(path).equals(before)) wrong.push('the file was written to');
  if (readdirSync(dirname(path)).length !== beside.length) wrong.push('a file was made beside it');
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  attempt('index', () => indexTrace(copy));
  return wrong;
}

function check(
  t: { deepEqual(a: string[], b: string[], m?: string): void },
  path: string,
  m: string,
) {
  try {
    t.deepEqual(complaints(path), [], m);
  } finally {
    rmSync(dirname(path), { recursive: true, force: true });
  }
}

test('the sound trace answers everything', (t) => {
  for (const indexed of [false, true]) {
    using trace = Trace.open(writeSound(indexed));
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      if (!indexed && /call|function_steps|memory_access/.test(name) && name.startsWith('SELECT')) {
        continue;
      }
      t.notThrows(() => ask(trace), name);
    }
  }
});

for (const indexed of [false, true]) {
  const kind = indexed ? 'an indexed trace' : 'a trace';

  test(`bytes of ${kind} changed at random`, (t) => {
    const sound = readFileSync(writeSound(indexed));
    for (let round = 0; round < ROUNDS; round++) {
      const random = createRandom(SEED * 1_000_003 + round * 7919);
      const path = temporaryPath();
      writeFileSync(path, spoilBytes(sound, random));
      check(t, path, `round ${round}`);
    }
  });

  test(`values of ${kind} changed at random`, (t) => {
    const sound = writeSound(indexed);
    for (let round = 0; round < ROUNDS; round++) {
      const path = join(dirname(temporaryPath()), 't.db');
      copyFileSync(sound, path);
      const what = spoilValues(path, createRandom(SEED * 999_983 + round * 104_729));
      check(t, path, `round ${round}: ${what}`);
    }
  });
}

for (const [name, sql] of [...Object.entries(TRAPS), ...Object.entries(DERIVED_TRAPS)]) {
  test(`trap: ${name}`, (t) => {
    const path = writeSound(name in DERIVED_TRAPS);
    const database = new Sqlite(path);
    database.exec(sql);
    database.close();
    check(t, path, name);
  });
}
