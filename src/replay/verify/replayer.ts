/**
 * Runs a recording again on KVM: from a snapshot, with every recorded input fed, comparing what each
 * step did with what the trace says it did.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StepCapture } from '../../capture/step-capture.js';
import { RIP, wide } from '../../stepper/machine-words.js';
import { Outcome, Stepper } from '../../stepper/stepper.js';
import type { Interruption } from '../../trace/event-sink.js';
import type { TraceFile } from '../../trace/reader/trace-file.js';
import { StepFeed } from '../../trace/step-feed.js';
import { CodeNames } from './code-names.js';
import { feedInputs } from './feed-inputs.js';
import { ReplayBus } from './replay-bus.js';
import { restoreMachine } from './replay-machine.js';
import { StepResult, type Difference } from './step-result.js';

/** Steps between two looks at the event loop. */
const SLICE_STEPS = 4096;

export interface ReplayOptions {
  /** First state of interest: the replay starts at the newest snapshot before it. */
  readonly from: number;
  /** Steps up to, not including, this one are run. */
  readonly to: number;
  readonly device?: string | undefined;
  readonly dirty?: 'auto' | 'ring' | 'log' | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    ((progress: { step: number; from: number; to: number }) => void) | undefined;
  /** Asked after each step; true ends the replay there. */
  readonly until?: ((step: number, result: StepResult, stepper: Stepper) => boolean) | undefined;
}

/** The first step at which the replay was not what the trace says. */
export interface Divergence {
  /** The step, or the state for `kind: 'state'`. */
  readonly step: number;
  /** One line: what happened. */
  readonly what: string;
  readonly differences: readonly Difference[];
}

export interface ReplayOutcome {
  /** The state at which the replay began: that of a snapshot. */
  readonly start: number;
  /** Steps that were run and compared. */
  readonly steps: number;
  /** Answers to reads, counter values, random numbers and interrupts that came from the trace. */
  readonly inputs: number;
  readonly seconds: number;
  readonly divergence: Divergence | undefined;
  /** Set where `until` or the signal ended the replay: the state that was reached. */
  readonly stoppedAt: number | undefined;
}

/** Replays steps of a trace. */
export async function replay(trace: TraceFile, options: ReplayOptions): Promise<ReplayOutcome> {
  const { machine, side, snapshot } = restoreMachine(trace, options.from, options);
  using _machine = machine;
  const bus = new ReplayBus();
  const names = new CodeNames(trace.instructions);
  const stepper = new Stepper({
    vcpu: machine.vcpu,
    slots: machine.slots,
    dirty: machine.dirty,
    shadow: machine.shadow,
    bus,
    msr: side.msr,
    onNewCode: (code) => {
      names.define(code);
    },
  });
  stepper.start();
  const run = new Replay({ trace, stepper, capture: new StepCapture(stepper, side), bus, names });
  const feed = new StepFeed(trace.path, snapshot.step, options.to);
  const start = performance.now();
  try {
    return await run.run(feed, snapshot.step, options, start);
  } finally {
    await feed.close();
  }
}

interface ReplayParts {
  readonly trace: TraceFile;
  readonly stepper: Stepper;
  readonly capture: StepCapture;
  readonly bus: ReplayBus;
  readonly names: CodeNames;
}

class Replay {
  readonly #parts: ReplayParts;
  readonly #result = new StepResult();
  #inputs = 0;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  async run(
    feed: StepFeed,
    first: number,
    options: ReplayOptions,
    startTime: number,
  ): Promise<ReplayOutcome> {
    const { to, signal, onProgress, until } = options;
    const outcome = (
      step: number,
      end: Partial<Pick<ReplayOutcome, 'divergence' | 'stoppedAt'>>,
    ): ReplayOutcome => ({
      start: first,
      steps: step - first,
      inputs: this.#inputs + this.#parts.bus.fed,
      seconds: (performance.now() - startTime) / 1000,
      divergence: end.divergence,
      stoppedAt: end.stoppedAt,
    });
    const initial = await this.#initialState(first);
    if (initial !== undefined) return outcome(first, { divergence: initial });
    for (let step = first; step < to; step++) {
      if ((step - first) % SLICE_STEPS === SLICE_STEPS - 1) {
        await nextTurn();
        onProgress?.({ step, from: first, to });
        if (signal?.aborted === true) return outcome(step, { stoppedAt: step });
      }
      if (!feed.next()) throw await feed.failure();
      const divergence = await this.#step(step, feed);
      if (divergence !== undefined) return outcome(step, { divergence });
      if (until?.(step, this.#result, this.#parts.stepper) === true) {
        return outcome(step + 1, { stoppedAt: step + 1 });
      }
    }
    return outcome(Math.max(first, to), {});
  }

  /**
   * What was delivered before the first step of the snapshot belongs to the step before it; then the
   * registers must be what the trace says of that state.
   */
  async #initialState(state: number): Promise<Divergence | undefined> {
    const { trace, stepper, capture } = this.#parts;
    this.#result.begin();
    capture.sendInitial(this.#result);
    const pending = trace.events
      .interruptions(state, state + 1)
      .filter(({ kind }) => kind !== 'software')
      .map((event) => ({ ...event, errorCode: undefined }));
    const failed = await this.#deliver(state - 1, pending);
    if (failed !== undefined) return failed;
    const recorded: number[] = [];
    for (const { id } of trace.registers.list) {
      const write = trace.registers.last(id, state);
      if (write === undefined) continue;
      recorded.push(
        id,
        Number(BigInt.asIntN(32, write.value)),
        Number(BigInt.asIntN(32, write.value >> 32n)),
      );
    }
    const differences = this.#result
      .differences({
        instruction: -1,
        registers: recorded,
        registerCount: recorded.length / 3,
        memory: [],
        memoryCount: 0,
        ports: [],
        mmio: [],
        interruptions: [],
        inputs: [],
      })
      .filter(({ kind }) => kind === 'register');
    const rip = wide(stepper.words[RIP]!, stepper.words[RIP + 1]!);
    const [first] = trace.instructions.steps(state, state + 1);
    if (first !== undefined && first.instruction.rip !== rip) {
      differences.push({
        kind: 'instruction',
        where: state,
        recorded: `rip 0x${first.instruction.rip.toString(16)}`,
        replayed: `rip 0x${rip.toString(16)}`,
      });
    }
    if (differences.length === 0) return undefined;
    return {
      step: state,
      what: `state ${state}, where the replay begins, is not what the trace says`,
      differences,
    };
  }

  async #step(step: number, feed: StepFeed): Promise<Divergence | undefined> {
    const { stepper, capture, bus, names } = this.#parts;
    const fed = feed.step;
    bus.expect(fed.ports, fed.mmio);
    let outcome = stepper.step();
    while (outcome === Outcome.again) {
      await nextTurn();
      outcome = stepper.step();
    }
    if (outcome === Outcome.stopped) return this.#stopped(step, stepper.stop!.detail);
    if (outcome === Outcome.delivered) {
      const { kind, vector } = stepper.delivery!;
      return this.#stopped(
        step,
        `the replay was interrupted by ${kind} ${vector}, which was not recorded`,
      );
    }
    const code = stepper.code!;
    this.#inputs += feedInputs(stepper, code, fed);
    capture.retired(this.#result, code, names.of(code));
    const failed = await this.#deliver(
      step,
      fed.interruptions.filter(({ kind }) => kind !== 'software'),
    );
    if (failed !== undefined) return failed;
    if (this.#result.equals(fed)) return undefined;
    const differences = this.#result.differences(fed);
    if (this.#result.instruction !== fed.instruction) {
      differences.unshift({
        kind: 'instruction',
        where: step,
        recorded: `instruction ${fed.instruction}`,
        replayed:
          this.#result.instruction < 0
            ? 'one never recorded'
            : `instruction ${this.#result.instruction}`,
      });
    }
    return { step, what: `step ${step} did something else than the trace says`, differences };
  }

  /** Delivers again what was delivered between this step and the next. */
  async #deliver(step: number, events: readonly Interruption[]): Promise<Divergence | undefined> {
    const { stepper, capture } = this.#parts;
    for (const { kind, vector } of events) {
      const external = kind === 'interrupt' || kind === 'nmi';
      if (external) this.#inputs++;
      let outcome = external ? stepper.interrupt(vector) : stepper.step();
      while (outcome === Outcome.again) {
        await nextTurn();
        outcome = stepper.step();
      }
      if (outcome === Outcome.stopped) return this.#stopped(step, stepper.stop!.detail);
      if (outcome !== Outcome.delivered) {
        return this.#stopped(
          step,
          `${kind} ${vector} was recorded after it, but did not happen again`,
        );
      }
      capture.delivered(this.#result);
    }
    return undefined;
  }

  #stopped(step: number, detail: string): Divergence {
    return { step, what: `at step ${step}: ${detail}`, differences: [] };
  }
}
