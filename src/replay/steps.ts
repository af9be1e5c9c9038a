import type { Session } from '../capture/session.js';
import type { Interruption } from '../trace/format/event-sink.js';
import type { Code } from '../stepper/code-cache.js';
import { Outcome } from '../stepper/step.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import type { FedStep } from '../trace/read/stream/step-feed.js';
import { BurstEvents } from './burst-events.js';
import { CodeNames } from './code-names.js';
import { stepDifferences, type Difference, type Divergence } from './divergence.js';
import { endDivergence } from './end-check.js';
import { feedInputs } from './feed-inputs.js';
import type { LiveDevices } from './live-devices.js';
import type { ReplayBus } from './bus.js';
import type { ReplayMachine } from './machine.js';
import { SnapshotCheck } from './snapshot-check.js';
import { startDifferences } from './start-check.js';
import { memoryRows, StepResult } from './step-result.js';

/** What a replay works with. */
export interface ReplayParts {
  readonly trace: TraceFile;
  readonly restored: ReplayMachine;
  readonly session: Session;
  readonly bus: ReplayBus;
  readonly devices: LiveDevices | undefined;
}

/** Interruptions of so many steps are looked up at a time. */
const LOOK_STEPS = 1 << 14;

/** Runs steps and compares them. */
export class ReplaySteps {
  /** Inputs fed beside those of the bus. */
  inputs = 0;
  readonly #parts: ReplayParts;
  readonly #names: CodeNames;
  readonly #snapshots: SnapshotCheck;
  readonly #result = new StepResult();
  #burst: BurstEvents | undefined;
  /** Steps with interruptions after them, of those up to `#lookedTo`. */
  #interrupted: number[] = [];
  #lookedTo = -1;

  constructor(parts: ReplayParts, to: number) {
    this.#parts = parts;
    this.#names = new CodeNames(parts.trace.instructions);
    this.#snapshots = new SnapshotCheck(parts.trace, parts, to);
  }

  /** Compares the state that the snapshot gave with what the trace says of it. */
  checkStart(): Divergence | undefined {
    const { trace, restored, session, bus, devices } = this.#parts;
    const { stepper, capture } = session;
    const state = restored.snapshot.step;
    const result = this.#result;
    result.begin();
    capture.sendInitial(result);
    let differences = startDifferences(trace, restored, stepper, result);
    // What was delivered before the first step came after the snapshot was taken, mostly: the last
    // snapshot of a recording is of the very end.
    const pending = external(trace.events.interruptions(state, state + 1));
    if (pending.length > 0 && differences.registers.length > 0) {
      bus.expect(
        trace.events
          .ports(state - 1, state)
          .slice(-1)
          .map(asFed),
        [],
      );
      const failed = this.#deliver(state - 1, pending);
      if (failed !== undefined) return failed;
      differences = startDifferences(trace, restored, stepper, result);
    } else if (devices !== undefined && state > 0 && this.#halted(state)) {
      devices.wake(stepper, state);
    }
    const all = [...differences.registers, ...differences.memory()];
    if (all.length === 0) return undefined;
    const what = `state ${state}, where the replay begins, is not what the trace says`;
    return { at: 'state', step: state, what, differences: all };
  }

  /** Runs step `step`, which is to do what `fed` says. */
  step(step: number, fed: FedStep): Divergence | undefined {
    const { session, bus, devices, restored } = this.#parts;
    const { stepper, capture } = session;
    bus.expect(fed.ports, fed.mmio);
    if (fed.inputs.length > 0) expectDma(bus, fed);
    if (devices?.interruptFor(stepper, step) !== undefined) return unasked(step);
    const run = session.step();
    if (run.outcome === Outcome.stopped) return stopped(step, run.stop.detail);
    if (run.outcome === Outcome.delivered) {
      const { kind, vector } = run.delivery;
      return stopped(step, `${kind} ${vector} came instead of it, which was not recorded`);
    }
    const { code } = run;
    this.inputs += feedInputs(stepper, code, fed, restored.hosts.isSame);
    capture.retired(this.#result, run, this.#names.of(code, step, fed.instruction));
    if (step + 1 === this.#snapshots.next) {
      const wrong = this.#snapshots.check();
      if (wrong !== undefined) return wrong;
    }
    if (code.class.halts) devices?.wake(stepper, step + 1);
    if (fed.interruptions.length > 0) {
      const failed = this.#deliver(step, external(fed.interruptions));
      if (failed !== undefined) return failed;
    }
    return this.#result.equals(fed) ? undefined : this.#diverged(step, fed, code);
  }

  /**
   * Runs up to `limit` plain steps from `step` on at once, which `compare` has to be asked about one by one.
   * Returns how many; 0 where `step` has to run the next.
   */
  burst(step: number, limit: number): number {
    const { stepper, capture } = this.#parts.session;
    const { bursts } = stepper;
    // On another host flags that the manual leaves undefined are fed step by step.
    if (bursts === undefined || !this.#parts.restored.hosts.isSame) return 0;
    const count = stepper.burst(Math.min(limit, this.#quietSteps(step)));
    if (count === 0) return 0;
    this.#burst = new BurstEvents(bursts.events);
    capture.burst(bursts);
    return count;
  }

  /** Compares the next step of the burst, which is step `step`. */
  compare(step: number, fed: FedStep): Divergence | undefined {
    const burst = this.#burst!;
    const code = this.#parts.session.stepper.codeOf(burst.next());
    const instruction = this.#names.of(code, step, fed.instruction);
    if (instruction === fed.instruction && !hasRare(fed) && burst.equals(fed)) {
      return step + 1 === this.#snapshots.next ? this.#snapshots.check() : undefined;
    }
    burst.sendTo(this.#result, instruction);
    return this.#diverged(step, fed, code);
  }

  /** Steps before the next snapshot, device event or interruption that was recorded. */
  #quietSteps(step: number): number {
    const { session, devices, trace } = this.#parts;
    if (step >= this.#lookedTo) {
      this.#lookedTo = step + LOOK_STEPS;
      // The trace names the step before which they came.
      const rows = trace.events.interruptions(step, this.#lookedTo + 1);
      this.#interrupted = rows.map((row) => row.step - 1);
    }
    while (this.#interrupted.length > 0 && this.#interrupted[0]! < step) this.#interrupted.shift();
    const quiet = (this.#interrupted[0] ?? this.#lookedTo) - step;
    const snapshot = this.#snapshots.next < 0 ? Infinity : this.#snapshots.next - step;
    return Math.min(quiet, snapshot, devices?.quietSteps(session.stepper, step) ?? Infinity);
  }

  /** After the last step of the trace: that the guest ends as it did. */
  checkEnd(): Divergence | undefined {
    const { trace, session } = this.#parts;
    return endDivergence(trace, session) ?? this.#snapshots.checkLast();
  }

  /** Delivers again what was delivered between `step` and the next. */
  #deliver(step: number, events: readonly Pick<Interruption, 'kind' | 'vector'>[]) {
    const { session, devices } = this.#parts;
    for (const { kind, vector } of events) {
      const isInput = kind === 'interrupt' || kind === 'nmi';
      const asked = devices?.interruptFor(session.stepper, step + 1);
      if (devices !== undefined && asked !== (isInput ? vector : undefined)) {
        return unasked(step + 1);
      }
      const run = isInput ? session.interrupt(vector) : session.step();
      if (run.outcome === Outcome.stopped) return stopped(step, run.stop.detail);
      if (run.outcome !== Outcome.delivered) {
        return stopped(step, `${kind} ${vector} was recorded after it, but did not happen again`);
      }
      if (isInput) this.inputs++;
      session.capture.delivered(this.#result, run);
    }
    return undefined;
  }

  #halted(state: number): boolean {
    const [last] = this.#parts.trace.instructions.steps(state - 1, state);
    return last?.instruction.text === 'hlt';
  }

  #diverged(step: number, fed: FedStep, code: Code): Divergence {
    const differences = stepDifferences(this.#result, fed);
    if (this.#result.instruction !== fed.instruction) {
      differences.unshift(this.#otherInstruction(fed, code));
    }
    return {
      at: 'step',
      step,
      what: `step ${step} did something else than the trace says`,
      differences,
    };
  }

  #otherInstruction(fed: FedStep, code: Code): Difference {
    const replayed =
      this.#result.instruction < 0
        ? `code that was never recorded (${Buffer.from(code.bytes).toString('hex')})`
        : `instruction ${this.#result.instruction}`;
    return { kind: 'instruction', recorded: `instruction ${fed.instruction}`, replayed };
  }
}

/** What a device wrote to memory is an input of the replay, as what a port gave is. */
function expectDma(bus: ReplayBus, { inputs, words, memoryAt, memoryCount }: FedStep): void {
  const dma = inputs.find(({ kind }) => kind === 'dma');
  if (dma !== undefined) bus.expectDma(memoryRows(words, memoryAt, memoryCount), Number(dma.value));
}

/** What no plain step has. */
function hasRare({ ports, mmio, interruptions, inputs }: FedStep): boolean {
  return ports.length + mmio.length + interruptions.length + inputs.length > 0;
}

/** Those that are no part of an instruction. */
function external<T extends { readonly kind: string }>(events: readonly T[]): T[] {
  return events.filter(({ kind }) => kind !== 'software');
}

function asFed(row: {
  direction: string;
  port: number;
  size: number;
  count: number;
  data: Uint8Array;
}) {
  const { direction, port, size, count, data } = row;
  return { write: direction === 'out', address: port, size, count, data };
}

function stopped(step: number, detail: string): Divergence {
  return { at: 'step', step, what: `at step ${step}: ${detail}`, differences: [] };
}

function unasked(step: number): Divergence {
  const what = `before step ${step} the devices do not interrupt as they did when this was recorded`;
  return { at: 'state', step, what, differences: [] };
}
