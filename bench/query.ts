/**
 * Questions to a trace of 10 million steps: medians over random states, addresses and pages, in a
 * process that is warm.
 */
import { indexTrace } from '../src/derive/index-trace.js';
import { Trace } from '../src/replay/trace.js';
import { median, verdict } from './report.js';
import { tenMillionSteps } from './traces.js';

const WARM_UP = 500;
const QUERIES = 2000;
const PAGES = 200;
const OPENINGS = 30;
const SEED = 20_241_123;
const PAGE_BYTES = 4096;

/** Numbers from 0 up to, not including, `end`; the same ones in every run. */
function createRandom(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    // xorshift32 (Marsaglia, 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

/** The median in microseconds of many calls; the first ones do not count. */
function microseconds(count: number, warmUp: number, ask: () => unknown): number {
  const times: number[] = [];
  for (let i = 0; i < warmUp + count; i++) {
    const start = performance.now();
    ask();
    if (i >= warmUp) times.push((performance.now() - start) * 1000);
  }
  return median(times);
}

const path = tenMillionSteps('bench10m.elf', 'a');
const indexStart = performance.now();
const cpuStart = process.cpuUsage();
const { steps } = indexTrace(path);
const { user, system } = process.cpuUsage(cpuStart);
const wallRate = steps / ((performance.now() - indexStart) / 1000);
const cpuRate = steps / ((user + system) / 1e6);
console.log(
  `kvmtrace index: ${Math.round(wallRate)} steps/s; by CPU time ${Math.round(cpuRate)} steps/s`,
);
verdict('million steps/s of deriving the index (CPU time)', cpuRate / 1e6, '≥', 1);

const opening = microseconds(OPENINGS, 3, () => {
  Trace.open(path).close();
});

using trace = Trace.open(path);
const random = createRandom(SEED);
const names = ['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rsp', 'rbp', 'r8', 'r12', 'rflags'];
const rows = (sql: string): bigint[] =>
  [...trace.query(sql).rows].map(([value]) => value as bigint);
const pages = rows('SELECT DISTINCT gpa >> 12 FROM memory_write');
const bytes = rows('SELECT DISTINCT gpa FROM memory_write');
const instructions = trace.hotInstructions(100_000);
const state = (): number => random(trace.stepCount + 1);
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;

const registers = microseconds(QUERIES, WARM_UP, () => trace.state(state()).generalRegisters());
const registerWrite = microseconds(QUERIES, WARM_UP, () =>
  trace.lastRegisterWrite(pick(names), state()),
);
const byteWrite = microseconds(QUERIES, WARM_UP, () =>
  trace.lastMemoryWrite({ gpa: Number(pick(bytes)), length: 1 }, state()),
);
const page = microseconds(PAGES, PAGES, () =>
  trace.state(state()).readPhysical(Number(pick(pages)) * PAGE_BYTES, PAGE_BYTES),
);
const execution = microseconds(QUERIES, WARM_UP, () => {
  const { instruction, steps: count } = pick(instructions);
  return trace.nthExecution(instruction.address, random(count));
});
const access = microseconds(QUERIES, WARM_UP, () =>
  trace.lastAccess({ gpa: Number(pick(bytes)), length: 1 }, state()),
);
const stack = microseconds(QUERIES, WARM_UP, () => trace.callStack(state()));

verdict('µs: general registers and flags at a random state', registers, '≤', 100);
verdict('µs: last write to a register before a random step', registerWrite, '≤', 30);
verdict('µs: last write to a byte before a random step', byteWrite, '≤', 30);
verdict('ms: a 4 KiB page at a random state', page / 1000, '≤', 2);
verdict('µs: nth execution of a random instruction', execution, '≤', 100);
verdict('ms: opening', opening / 1000, '≤', 50);
console.log(`without a promise: last access to a byte ${access.toFixed(0)} µs`);
console.log(`                   call stack at a random state ${stack.toFixed(0)} µs`);
