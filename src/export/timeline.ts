/** What happened when, for viewers of timelines: calls, I/O and interruptions, and two counters. */
import { hex } from '../base/number-text.js';
import { callEdges, type CallEdge } from '../query/calls.js';
import type { Interruption, MmioAccess, PortAccess } from '../trace/read/events.js';
import type { StepBatch } from '../trace/read/step-batches.js';
import type { ExportSource } from './exporter.js';
import { FunctionNames } from './function-name.js';

/** Samples that a counter has over the whole range, at most. */
const SAMPLES = 4096;
/** Steps that a sample sums up, at least. */
const MIN_WINDOW = 64;
/** Of data that instants show. */
const SHOWN_BYTES = 16;

/** What counters count, in each window of steps. */
export const COUNTERS = {
  memory: 'memory written, bytes',
  io: 'port and MMIO accesses',
} as const;
/** The name of a counter. */
export type Counter = keyof typeof COUNTERS;

/** Details of an event: integers, and text such as `0x3f8`. */
export type Details = Readonly<Record<string, string | number>>;

/** One event. `at` is a state: the number of the step that is next. */
export type TimelineEvent =
  | {
      readonly kind: 'enter';
      readonly at: number;
      readonly end: number;
      readonly name: string;
      readonly category: string;
      readonly details: Details;
    }
  | { readonly kind: 'leave'; readonly at: number }
  | {
      readonly kind: 'instant';
      readonly at: number;
      readonly name: string;
      readonly category: 'port' | 'mmio' | 'interruption';
      readonly details: Details;
    }
  | {
      readonly kind: 'counter';
      readonly at: number;
      readonly counter: Counter;
      readonly value: number;
    };

type Instant = TimelineEvent & { readonly kind: 'instant' };

/** The events of a range in order of time; calls are properly nested. */
export function* timeline(source: ExportSource): Generator<TimelineEvent> {
  const { trace, from, to, progress } = source;
  const names = new FunctionNames(trace);
  const edges = callEdges(trace.calls(from, to), from, to);
  let edge = edges.next();
  const callsUntil = function* (at: number): Generator<TimelineEvent> {
    for (; edge.done !== true && timeOf(edge.value) <= at; edge = edges.next()) {
      yield callEvent(edge.value, names);
    }
  };
  const window = Math.max(MIN_WINDOW, Math.ceil((to - from) / SAMPLES));
  const counts = new Counters(from, to, window);
  for (const batch of trace.stepBatches(from, to)) {
    counts.add(batch);
    const events = [...instants(batch), ...counts.take(batch.first + batch.count)];
    for (const event of events.sort((a, b) => a.at - b.at)) {
      yield* callsUntil(event.at);
      yield event;
    }
    progress(batch.first + batch.count);
  }
  yield* callsUntil(to);
}

function timeOf({ kind, start, end }: CallEdge): number {
  return kind === 'enter' ? start : end;
}

function callEvent({ kind, call, start, end }: CallEdge, names: FunctionNames): TimelineEvent {
  if (kind === 'leave') return { kind, at: end };
  return {
    kind,
    at: start,
    end,
    name: names.of(call.address),
    category: call.kind,
    details: {
      address: hex(call.address),
      own_steps: call.ownSteps,
      // Nearly all do.
      ...(call.ended === 'return' ? {} : { ended: call.ended }),
    },
  };
}

function instants({ ports, mmio, interruptions }: StepBatch): Instant[] {
  return [
    ...ports.map(portInstant),
    ...mmio.map(mmioInstant),
    ...interruptions.map(interruptionInstant),
  ];
}

function portInstant({ step, port, direction, size, count, data }: PortAccess): Instant {
  const name = `${direction} ${hex(port)}`;
  const details = { size, ...(count === 1 ? {} : { count }), data: shown(data) };
  return { kind: 'instant', at: step, name, category: 'port', details };
}

function mmioInstant({ step, gpa, direction, data }: MmioAccess): Instant {
  // Not named by its address: of those there may be as many as there are accesses.
  const details = { gpa: hex(gpa), data: shown(data) };
  return { kind: 'instant', at: step, name: `mmio ${direction}`, category: 'mmio', details };
}

function interruptionInstant(each: Interruption): Instant {
  const { step, vector, kind, errorCode, cr2, rip } = each;
  return {
    kind: 'instant',
    at: step,
    name: `${kind} ${hex(vector)}`,
    category: 'interruption',
    details: {
      rip: hex(rip),
      ...(errorCode === undefined ? {} : { error_code: hex(errorCode) }),
      ...(cr2 === undefined ? {} : { cr2: hex(cr2) }),
    },
  };
}

/** Sums over windows of steps. */
class Counters {
  readonly #window: number;
  readonly #to: number;
  #start: number;
  #ready: TimelineEvent[] = [];
  #bytes = 0;
  #accesses = 0;

  constructor(from: number, to: number, window: number) {
    this.#start = from;
    this.#to = to;
    this.#window = window;
  }

  add({ first, count, memory, ports, mmio }: StepBatch): void {
    const io = new Map<number, number>();
    for (const { step } of [...ports, ...mmio]) io.set(step, (io.get(step) ?? 0) + 1);
    for (let i = 0; i < count; i++) {
      if (first + i >= this.#start + this.#window) this.#close();
      for (let row = memory.start[i]!; row < memory.start[i + 1]!; row++) {
        this.#bytes += memory.size[row]!;
      }
      this.#accesses += io.get(first + i) ?? 0;
    }
  }

  /** The samples that are complete; at the end of the range the last one is. */
  take(end: number): TimelineEvent[] {
    if (end === this.#to) this.#close();
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  #close(): void {
    const at = this.#start;
    this.#ready.push(
      { kind: 'counter', at, counter: 'memory', value: this.#bytes },
      { kind: 'counter', at, counter: 'io', value: this.#accesses },
    );
    this.#start += this.#window;
    this.#bytes = 0;
    this.#accesses = 0;
  }
}

function shown(data: Uint8Array): string {
  const text = Buffer.from(data.subarray(0, SHOWN_BYTES)).toString('hex');
  return data.length > SHOWN_BYTES ? `${text}… (${data.length} bytes)` : text;
}
