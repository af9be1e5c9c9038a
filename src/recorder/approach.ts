/**
 * Takes a guest to where its recording begins, without recording: unstepped where breakpoints or exits can
 * tell that it is there, stepped where only steps can (`[0x2000] written`, the number of a step).
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Session } from '../capture/session.js';
import type { MemoryDelta } from '../capture/memory-delta.js';
import type { SideState } from '../capture/side-state.js';
import { inputError } from '../base/errors.js';
import { option } from '../base/option-names.js';
import type { Machine } from '../machine/machine.js';
import { FreeRunner } from '../stepper/free-runner.js';
import { Outcome } from '../stepper/step.js';
import { Recorder } from './loop.js';
import { NULL_STREAM } from './null-stream.js';
import type { PlatformDevices } from './platform-devices.js';
import type { Trigger } from './trigger.js';
import { watchFor } from './trigger-watch.js';

/** Exits between two looks at the event loop. */
const SLICE_EXITS = 4096;

/** The machine on its way. */
export interface Approach {
  readonly machine: Machine;
  readonly side: SideState;
  readonly devices: PlatformDevices;
  readonly signal: AbortSignal | undefined;
}

/** How far a guest had come where its recording begins. */
export interface Arrival {
  /** Accesses to ports and MMIO that it had made. */
  readonly accesses: number;
  /** Instructions that had retired; undefined where they were not counted. */
  readonly steps: number | undefined;
  /** Pages that had changed: those of the first snapshot. */
  readonly changed: MemoryDelta['changed'];
}

/**
 * Runs the guest up to `trigger`. Its devices count accesses on the way, or steps where it is stepped.
 *
 * @throws KvmtraceError (2) where the guest ends before, or `signal` is aborted
 */
export async function approach(parts: Approach, trigger: Trigger): Promise<Arrival> {
  const { machine, side, devices } = parts;
  const session = new Session({ machine, side, bus: devices });
  const { capture } = session;
  capture.sendInitial(NULL_STREAM);
  let steps: number | undefined;
  if (isForSteps(trigger)) steps = await step(parts, trigger, session);
  else await run(parts, trigger, session);
  session.release();
  devices.flushOutput();
  return { accesses: devices.accesses, steps, changed: capture.memory.changed };
}

/** Whether only stepping can tell that the guest has come to a place. */
export function isForSteps({ kind }: Trigger): boolean {
  return kind === 'step' || kind === 'written';
}

function neverReached(trigger: Trigger, why: string): Error {
  return inputError(
    `the guest never came to ${option('start-at', trigger.text)} (${why.replace(/\.$/, '')}): nothing was recorded; give a place that it comes to.`,
  );
}

/** Steps without recording. */
async function step(
  { devices, signal }: Approach,
  trigger: Trigger,
  session: Session,
): Promise<number> {
  const recorder = new Recorder(
    { session, stream: NULL_STREAM, devices, snapshot: () => undefined },
    {
      maxSteps: Number.MAX_SAFE_INTEGER,
      snapshotEvery: Number.MAX_SAFE_INTEGER,
      stopAt: { text: trigger.text, watch: watchFor(trigger) },
    },
  );
  const stop = await recorder.run(signal, () => {
    devices.flushOutput();
  });
  if (stop.reason !== 'trigger') {
    throw neverReached(trigger, `it ended after ${recorder.steps} steps, ${stop.detail}`);
  }
  return recorder.steps;
}

/** Runs from exit to exit. */
async function run(
  { devices, signal }: Approach,
  trigger: Trigger,
  session: Session,
): Promise<void> {
  const { changed } = session.capture.memory;
  const free = new FreeRunner(session.stepper, devices, (slot, page) => {
    changed[slot]![page] = 1;
  });
  const breakpoints = trigger.kind === 'code' ? trigger.addresses : [];
  let left = 'nth' in trigger ? trigger.nth : 0;
  let accesses = -1;
  free.start(breakpoints);
  for (let exits = 1; ; exits++) {
    const exit = free.run();
    switch (exit) {
      case 'break':
        if (--left === 0) {
          free.stop();
          return;
        }
        // Past the breakpoint, which would stop the guest there again.
        free.stop();
        stepOnce(trigger, session);
        free.start(breakpoints);
        break;
      case 'access':
        if (trigger.kind === 'port' && accessesPort(free, trigger.port) && --left === 0) {
          free.stop();
          finish(free, trigger, session);
          return;
        }
        break;
      case 'halt':
        if (!devices.wake(free, 0)) {
          throw neverReached(trigger, 'it halted with nothing to wake it');
        }
        break;
      case 'tick':
        // A guest that only waits makes no accesses, by which time would pass.
        if (accesses === devices.accesses) devices.wake(free, 0);
        accesses = devices.accesses;
        break;
      case 'window':
        break;
      case 'refused':
        // What KVM refuses kvmtrace may do; else the stepper tells how the guest ended.
        free.stop();
        stepOnce(trigger, session);
        free.start(breakpoints);
        break;
    }
    if (devices.stop !== undefined) throw neverReached(trigger, devices.stop.detail);
    if (exit === 'tick' || exits % SLICE_EXITS === 0) {
      devices.flushOutput();
      await nextTurn();
      if (signal?.aborted === true) throw neverReached(trigger, 'it was interrupted before');
      // Where stops stand in the guest's code: pages may have been mapped meanwhile.
      if (exit === 'tick' && breakpoints.length > 0) free.start(breakpoints);
    }
    deliverDue(free, devices);
  }
}

/** Lets a device interrupt the guest as soon as it can be. */
function deliverDue(free: FreeRunner, devices: PlatformDevices): void {
  const vector = devices.interruptFor(free, 0);
  if (vector !== undefined) free.interrupt(vector);
  free.wantsWindow = devices.hasPending;
}

function accessesPort({ accesses }: FreeRunner, port: number): boolean {
  return accesses.some(({ kind, address }) => kind === 'port' && address === port);
}

/** A string instruction may have more elements to come. */
function finish(free: FreeRunner, trigger: Trigger, session: Session): void {
  if (free.unfinished?.class.accessesPort === true) stepOnce(trigger, session);
}

/** Steps over one instruction and the exceptions before it. */
function stepOnce(trigger: Trigger, session: Session): void {
  const step = session.step();
  switch (step.outcome) {
    case Outcome.retired:
      session.capture.retired(NULL_STREAM, step, step.code.id);
      return;
    case Outcome.delivered:
      session.capture.delivered(NULL_STREAM, step);
      return;
    case Outcome.stopped:
      throw neverReached(trigger, step.stop.detail);
  }
}
