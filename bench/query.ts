/**
 * Questions to a trace of 10 million steps: medians over random states, addresses and pages, in a
 * process that is warm.
 */
import { PAGE_BYTES } from '../src/base/page.js';
import { indexTrace } from '../src/derive/index-trace.js';
import { Trace } from '../src/query/trace.js';
import { createRandom } from './random.js';
import { measured, median, verdict } from './report.js';
import { tenMillionSteps } from './traces.js';

const WARM_UP = 500;
const QUERIES = 2000;
const PAGES = 200;
const OPENINGS = 30;
const SEED = 20_241_123;

/** How many microseconds each of many calls took; the first ones do not count. */
function timesOf(count: number, warmUp: number, ask: () => unknown): number[] {
  const times: number[] = [];
  for (let i = 0; i < warmUp + count; i++) {
    const start = performance.now();
    ask();
    if (i >= warmUp) times.push((performance.now() - start) * 1000);
  }
  return times;
}

/** Their median. */
function microseconds(count: number, warmUp: number, ask: () => unknown): number {
  return median(timesOf(count, warmUp, ask));
}

/** What 99 of 100 do not exceed. */
function percentile99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
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
verdict('million steps/s of deriving the index (CPU time)', cpuRate / 1e6, '≥', 2.5);

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
  return trace.nthExecution(instruction.address, 1 + random(count));
});
const accessTimes = timesOf(QUERIES, WARM_UP, () =>
  trace.lastAccess({ gpa: Number(pick(bytes)), length: 1 }, state()),
);
const everything = { gpa: 0, length: 2 ** 30 };
const wideAccess = microseconds(PAGES, 10, () => trace.lastAccess(everything, state()));
const whyTimes = timesOf(PAGES, 10, () => trace.why(state(), pick(names)));
const stack = microseconds(QUERIES, WARM_UP, () => trace.callStack(state()));

verdict('µs: general registers and flags at a random state', registers, '≤', 40);
verdict('µs: last write to a register before a random step', registerWrite, '≤', 30);
verdict('µs: last write to a byte before a random step', byteWrite, '≤', 15);
verdict('ms: a 4 KiB page at a random state', page / 1000, '≤', 1);
verdict('µs: nth execution of a random instruction', execution, '≤', 100);
verdict('ms: opening', opening / 1000, '≤', 5);
verdict('ms: last access to a byte before a random step', median(accessTimes) / 1000, '≤', 1);
verdict('ms: last access to a byte, 99 of 100', percentile99(accessTimes) / 1000, '≤', 20);
measured('ms: last access to any of 1 GiB', wideAccess / 1000);
measured('ms: call stack at a random state', stack / 1000);
measured('ms: why of a register, with the index', median(whyTimes) / 1000);
measured('ms: why of a register, 99 of 100', percentile99(whyTimes) / 1000);
