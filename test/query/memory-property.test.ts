/** Registers and memory from the trace equal those of a machine that applies every write in turn. */
import test from 'ava';
import fc from 'fast-check';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { Trace } from '../../src/query/trace.js';
import { REGISTERS } from '../../src/trace/format/registers.js';
import { writeFixtureTrace, type FixtureStep } from '../helpers/fixture-trace.js';

const PAGE = 4096;
/** Two pages of memory, of which the steps write few bytes: so that rows overlap. */
const BASE = 0x3000;
const SIZE = 2 * PAGE;
const SPAN_START = BASE + PAGE - 40;
const SPAN_SIZE = 80;

const write = fc
  .record({
    gpa: fc.integer({ min: SPAN_START, max: SPAN_START + SPAN_SIZE - 8 }),
    size: fc.constantFrom(1, 1, 2, 3, 4, 4, 8),
    value: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  })
  // Rows do not cross pages.
  .map(({ gpa, size, value }) => {
    const fitting = Math.min(size, PAGE - (gpa % PAGE));
    return { gpa, size: fitting, value: BigInt.asIntN(64, BigInt.asUintN(fitting * 8, value)) };
  });

/** The rows of one step do not overlap: they come from comparing the memory after it. */
const writes = fc.array(write, { maxLength: 3 }).map((list) => {
  const taken: (typeof list)[number][] = [];
  for (const next of list) {
    if (taken.every((w) => w.gpa + w.size <= next.gpa || next.gpa + next.size <= w.gpa)) {
      taken.push(next);
    }
  }
  return taken;
});

const step = fc.record({
  memory: writes,
  registers: fc.dictionary(
    fc.constantFrom('rax', 'r15', 'rflags', 'cr2', 'xmm0_1'),
    fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    { maxKeys: 2 },
  ),
});

const initialPage = fc.uint8Array({ minLength: 0, maxLength: PAGE });

/** The machine as each state has it. */
function* model(initial: Uint8Array, steps: readonly FixtureStep[]): Generator<Model> {
  const memory = new Uint8Array(SIZE);
  memory.set(initial);
  const registers = new Map<string, bigint>();
  yield { memory, registers };
  for (const { memory: rows = [], registers: changes = {} } of steps) {
    for (const { gpa, size, value } of rows) {
      for (let i = 0; i < size; i++) {
        memory[gpa - BASE + i] = Number(BigInt.asUintN(8, BigInt(value) >> BigInt(8 * i)));
      }
    }
    for (const [name, value] of Object.entries(changes)) registers.set(name, BigInt(value));
    yield { memory, registers };
  }
}

interface Model {
  readonly memory: Uint8Array;
  readonly registers: ReadonlyMap<string, bigint>;
}

function check(initial: Uint8Array, bodies: readonly Omit<FixtureStep, 'rip'>[]): void {
  const steps = bodies.map((body, i) => ({ ...body, rip: 0x1000 + i }));
  const path = writeFixtureTrace({
    steps,
    slots: [{ gpa: BASE, size: SIZE }],
    pages: { [BASE / PAGE]: initial },
  });
  try {
    using trace = Trace.open(path);
    let n = 0;
    for (const { memory, registers } of model(initial, steps)) {
      const state = trace.state(n);
      expectEqual(state.readPhysical(BASE, SIZE).bytes, memory, `memory at ${n}`);
      for (let at = SPAN_START; at < SPAN_START + SPAN_SIZE; at++) {
        const byte = state.readPhysical(at, 1).bytes;
        expectEqual(byte, memory.subarray(at - BASE, at - BASE + 1), `byte ${at} at ${n}`);
      }
      const all = new Map(state.registers().map(({ name, value }) => [name, value]));
      for (const [name, value] of registers) {
        if (state.register(name) !== value) throw new Error(`${name} at ${n}`);
        if (all.get(name) !== value) throw new Error(`${name} of all at ${n}`);
      }
      n++;
    }
    checkWrites(trace, steps);
    checkRecords(trace, steps);
  } finally {
    rmSync(dirname(path), { recursive: true });
  }
}

/** lastMemoryWrite and nextMemoryWrite against a search through the steps. */
function checkWrites(trace: Trace, steps: readonly FixtureStep[]): void {
  for (let gpa = SPAN_START; gpa < SPAN_START + SPAN_SIZE; gpa += 3) {
    for (const length of [1, 5, 17]) {
      const touching = steps.flatMap(({ memory = [] }, step) =>
        memory.some((w) => w.gpa < gpa + length && w.gpa + w.size > gpa) ? [step] : [],
      );
      for (let n = 0; n <= steps.length; n++) {
        const last = trace.lastMemoryWrite({ gpa, length }, n)?.step;
        const next = trace.nextMemoryWrite({ gpa, length }, n)?.step;
        if (last !== touching.findLast((s) => s < n)) throw new Error(`last ${gpa} before ${n}`);
        if (next !== touching.find((s) => s >= n)) throw new Error(`next ${gpa} from ${n}`);
      }
    }
  }
}

/** What steps() tells of changes against what the steps were made of. */
function checkRecords(trace: Trace, steps: readonly FixtureStep[]): void {
  let n = 0;
  for (const record of trace.steps(0, steps.length)) {
    const { registers = {}, memory = [] } = steps[n]!;
    const names = REGISTERS.filter(({ name }) => name in registers).map(({ name }) => name);
    expectEqual(record.registers.map(({ name }) => name).join(), names.join(), `names at ${n}`);
    const sum = memory.reduce((bytes, { size }) => bytes + size, 0);
    const told = record.memory.reduce((bytes, { after }) => bytes + after.length, 0);
    expectEqual(told, sum, `bytes changed at ${n}`);
    for (const { gpa, before, after } of record.memory) {
      expectEqual(before, trace.state(n).readPhysical(gpa, before.length).bytes, `before ${n}`);
      expectEqual(after, trace.state(n + 1).readPhysical(gpa, after.length).bytes, `after ${n}`);
    }
    n++;
  }
}

function expectEqual(found: unknown, expected: unknown, what: string): void {
  const text = (value: unknown): string =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
  if (text(found) !== text(expected)) throw new Error(what);
}

test('registers and memory at every state, and who wrote them', (t) => {
  fc.assert(fc.property(initialPage, fc.array(step, { minLength: 1, maxLength: 25 }), check), {
    numRuns: 60,
  });
  t.pass();
});
