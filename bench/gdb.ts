/**
 * Searches of gdb's on a trace of 10 million steps with its index: from a random step to a breakpoint at a
 * random instruction, forwards and backwards, answer included; the first one of each breakpoint counts.
 */
import { indexTrace } from '../src/derive/index-trace.js';
import { Session } from '../src/gdb/session.js';
import { Position } from '../src/query/position.js';
import { Trace } from '../src/query/trace.js';
import { createRandom } from './random.js';
import { measured, median, verdict } from './report.js';
import { tenMillionSteps } from './traces.js';

const SEARCHES = 500;
const WATCHES = 50;
const SEED = 20_241_128;

const path = tenMillionSteps('bench10m.elf', 'a');
indexTrace(path);
using trace = Trace.open(path);
const random = createRandom(SEED);
const position = new Position(trace);
const session = new Session({
  position,
  isInterrupted: () => false,
  print: () => undefined,
  notice: () => undefined,
});
const ask = (packet: string): string => {
  const answer = session.answer(packet);
  if (answer === undefined) throw new Error(`no answer to ${packet}`);
  return answer;
};

/** Milliseconds of a search for what a packet sets, from a random step on. */
function search(what: string, resume: string): number {
  position.seek(random(trace.stepCount));
  ask(`Z${what}`);
  const start = performance.now();
  const stop = ask(resume);
  const took = performance.now() - start;
  if (!stop.startsWith('T05')) throw new Error(`${what}: ${stop}`);
  ask(`z${what}`);
  return took;
}

function timesOf(count: number, what: () => string): number[] {
  return Array.from({ length: count }, (_, i) => search(what(), i % 2 === 0 ? 'c' : 'bc'));
}

const place = (): string => {
  const step = random(trace.stepCount);
  return `0,${trace.executed(step, step + 1)[0]!.instruction.address.toString(16)},1`;
};
const stackByte = (type: number): string => {
  const step = random(trace.stepCount);
  const address = trace.state(step).register('rsp')! + BigInt(random(64));
  return `${type},${address.toString(16)},8`;
};

// What a gdb does first, and what is loaded with it: it is not part of a search.
ask('qSupported');
ask('Z0,0,1');
ask('z0,0,1');
const breakpoints = timesOf(SEARCHES, place);
const never = timesOf(SEARCHES, () => `0,${random(0x1000).toString(16)},1`);
const writes = timesOf(WATCHES, () => stackByte(2));
const accesses = timesOf(WATCHES, () => stackByte(4));
verdict('ms: gdb to a breakpoint, the longest of 500 searches', Math.max(...breakpoints), '≤', 50);
verdict('ms: gdb past a breakpoint that is never met, the longest', Math.max(...never), '≤', 50);
for (const [what, times] of [
  ['a watchpoint on eight bytes of the stack', writes],
  ['an access watchpoint on them', accesses],
] as const) {
  measured(`ms: gdb to ${what}, median`, median(times));
  measured(`ms: gdb to ${what}, the longest`, Math.max(...times));
}
