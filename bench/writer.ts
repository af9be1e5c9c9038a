/**
 * The writer alone, without KVM: the events of a recording of 10 million steps, played into it from
 * memory. What it takes by CPU time, and how long closing takes after the last step.
 */
import { rmSync } from 'node:fs';
import { STEP_REGISTERS } from '../src/trace/format/events.js';
import { REGISTERS } from '../src/trace/format/registers.js';
import { BatchProducer, createQueueMemory } from '../src/trace/queue.js';
import { openTrace } from '../src/trace/read/open.js';
import { stepBatches, type StepBatch } from '../src/trace/read/step-batches.js';
import type { TraceFile } from '../src/trace/read/trace-file.js';
import { EventStream } from '../src/trace/write/stream.js';
import { TraceWriter } from '../src/trace/write/trace-writer.js';
import { measured, verdict } from './report.js';
import { tenMillionSteps } from './traces.js';

const STEPS = 3_000_000;

interface Batch {
  readonly words: Int32Array;
  readonly splitsStep: boolean;
}

/** Keeps the batches of a stream. */
class Collector extends BatchProducer {
  readonly batches: Batch[] = [];
  #words: Int32Array = new Int32Array(0);

  constructor() {
    super(createQueueMemory());
  }

  override acquire(): Int32Array {
    this.#words = super.acquire();
    return this.#words;
  }

  override submit(length: number, flags: number): void {
    this.batches.push({ words: this.#words.slice(0, length), splitsStep: flags !== 0 });
  }
}

/** The events of the first steps of a trace, as the recorder would send them. */
function eventsOf(file: TraceFile, steps: number): Batch[] {
  const collector = new Collector();
  const stream = new EventStream(collector);
  const known = new Set<number>();
  for (const { id, value } of file.registers.values(0)) {
    stream.register(id, Number(value & 0xffff_ffffn) | 0, Number(value >> 32n) | 0);
  }
  stream.stepDone();
  for (const batch of stepBatches(file, 0, steps)) addBatch(stream, file, batch, known);
  stream.end(0n, { stop_reason: 'hlt' });
  return collector.batches;
}

function addBatch(
  stream: EventStream,
  file: TraceFile,
  { first, count, instruction, registers, memory }: StepBatch,
  known: Set<number>,
): void {
  const values = new Int32Array(registers.value.buffer);
  const memoryValues = new Int32Array(memory.value.buffer);
  const after = new Int32Array(2 * STEP_REGISTERS);
  for (let i = 0; i < count; i++) {
    const id = instruction[i]!;
    if (!known.has(id)) {
      known.add(id);
      const { mode, rip, address, bytes } = file.instructions.byId(id, first + i);
      stream.instruction(id, mode, halves(rip), halves(address), bytes);
    }
    let mask = 0;
    for (let row = registers.start[i]!; row < registers.start[i + 1]!; row++) {
      const register = registers.register[row]!;
      if (register >= STEP_REGISTERS) continue;
      mask |= 1 << register;
      after[2 * register] = values[2 * row]!;
      after[2 * register + 1] = values[2 * row + 1]!;
    }
    stream.step(id, mask, after);
    for (let row = memory.start[i]!; row < memory.start[i + 1]!; row++) {
      const [low, high] = [memoryValues[2 * row]!, memoryValues[2 * row + 1]!];
      stream.memory(memory.gpa[row]!, memory.size[row]!, low, high);
    }
    stream.stepDone();
  }
}

function halves(value: bigint): readonly [low: number, high: number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const source = process.argv[2] ?? tenMillionSteps('bench10m.elf', 'a');
const output = `${source}.written`;
rmSync(output, { force: true });
using file = openTrace(source);
const steps = Math.min(STEPS, file.stepCount);
const batches = eventsOf(file, steps);
try {
  const start = cpuSeconds();
  const writer = new TraceWriter({
    path: output,
    meta: {},
    slots: [],
    symbols: [],
    registers: REGISTERS,
    cpuid: [],
  });
  const last = batches.pop()!;
  for (const { words, splitsStep } of batches) writer.apply(words, splitsStep);
  const applied = cpuSeconds() - start;
  writer.apply(last.words, last.splitsStep);
  const all = cpuSeconds() - start;
  verdict('thousand steps/s that the writer takes (CPU time)', steps / all / 1000, '≥', 900);
  measured('s: closing after the last of 3 million steps (CPU time)', all - applied);
} finally {
  rmSync(output, { force: true });
}
