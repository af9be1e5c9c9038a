/** Runs a guest unstepped and logs what enters it, in stretches that can be stepped later. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PAGE_BYTES } from '../../base/page.js';
import { Session, type SettledStep } from '../../capture/session.js';
import type { SideState } from '../../capture/side-state.js';
import type { Machine } from '../../machine/machine.js';
import { isCrash, type Stop } from '../../machine/stop.js';
import { FreeRunner } from '../../stepper/free-runner.js';
import { Outcome } from '../../stepper/step.js';
import type { FastLogWriter } from '../../trace/fast/fast-log-writer.js';
import { NULL_STREAM } from '../null-stream.js';
import type { PlatformDevices } from '../platform-devices.js';
import { generalRegisters } from './general-registers.js';
import { LoggingBus } from './logging-bus.js';

/** Exits between two looks at the event loop. */
const SLICE_EXITS = 1024;
/** A stretch is at least this long where nothing else is said. */
const STRETCH_MS = 100;
/** Instructions that are stepped to where a device can interrupt the guest; then it runs on to there. */
const WINDOW_STEPS = 4096;

/** The machine and its log. */
export interface FastMachine {
  readonly machine: Machine;
  readonly side: SideState;
  readonly devices: PlatformDevices;
  readonly log: FastLogWriter;
  /** Accesses, or halts, after which a new stretch begins; default where STRETCH_MS have passed. */
  readonly stretchEntries: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called some ten times a second. */
  onTurn(): void;
}

/** Runs it until it stops. The devices must count accesses. */
export class FastRun {
  /** Instructions that were stepped on the way. */
  retired = 0;
  readonly #parts: FastMachine;
  readonly #session: Session;
  readonly #free: FreeRunner;
  #stretchSince = performance.now();
  #stretchEntry = 0;
  /** Instructions that retired since the last entry, where nothing ran unstepped meanwhile. */
  #steps = 0;
  /** An exception or interrupt was delivered, and nothing has retired since. */
  #hasDelivered = false;
  /** To where a device can interrupt the guest it was too far to step. */
  #isFar = false;

  /** @param markPages marks the pages that are not zero: per slot, a byte a page */
  constructor(parts: FastMachine, markPages: (session: Session) => void) {
    const { machine, side, devices, log } = parts;
    this.#parts = parts;
    const bus = new LoggingBus(devices, log);
    this.#session = new Session({ machine, side, bus });
    const { capture, stepper } = this.#session;
    capture.sendInitial(NULL_STREAM);
    markPages(this.#session);
    this.#free = new FreeRunner(stepper, bus, (slot, page) => {
      capture.memory.changed[slot]![page] = 1;
    });
    this.#cut(true);
  }

  async run(): Promise<Stop> {
    const { devices, log, signal } = this.#parts;
    const { words } = this.#session.stepper;
    let entries = -1;
    this.#free.start();
    for (let exits = 1; ; exits++) {
      const exit = this.#free.run();
      this.#steps = 0;
      this.#hasDelivered = false;
      let stop: Stop | undefined;
      // Whether the log says where the guest is: behind an entry, or where a stretch begins.
      let isPlace = exit === 'access' || exit === 'halt';
      if (exit === 'access') {
        if (this.#free.unfinished === undefined) log.endInstruction(generalRegisters(words));
        else stop = this.#stopped(() => this.#settle());
      } else if (exit === 'halt') {
        stop = this.#halted();
      } else if (exit === 'refused') {
        stop = this.#stopped(() => this.#stepOnce());
      } else if (exit === 'tick' && entries === log.entries) {
        // A guest that only waits makes no accesses, by which time would pass.
        devices.wake(this.#free, 0);
      }
      if (exit === 'tick') entries = log.entries;
      stop ??= devices.stop;
      const isDue = (): boolean => devices.poll() && (!this.#isFar || this.#free.interruptible);
      if (stop === undefined && !isPlace && (isDue() || this.#isStretchOver())) {
        stop = this.#stopped(() => this.#retireAndCut());
        isPlace = true;
      }
      if (stop === undefined && isPlace && isDue()) stop = this.#stopped(() => this.#deliverDue());
      if (stop === undefined && this.#isStretchOver()) {
        stop = this.#stopped(() => this.#cutHere());
      }
      if (stop === undefined && (exit === 'tick' || exits % SLICE_EXITS === 0)) {
        this.#parts.onTurn();
        await nextTurn();
        if (signal?.aborted === true) {
          stop = { reason: 'interrupted', detail: 'the recording was interrupted' };
        }
      }
      // Whatever else ends a guest is something that it did.
      isPlace ||= stop?.reason !== 'interrupted';
      if (stop !== undefined) return isCrash(stop.reason) ? stop : this.#end(stop, isPlace);
      this.#free.wantsWindow = devices.hasPending;
    }
  }

  /** The last stretch begins, and ends, where the guest does. */
  #end(stop: Stop, isPlace: boolean): Stop {
    const other = this.#stopped(() => (isPlace ? this.#cutHere() : this.#retireAndCut()));
    if (other === undefined || isCrash(other.reason)) return other ?? stop;
    return this.#end(other, true);
  }

  /** Does something stepped, then lets the guest run freely again unless it has ended. */
  #stopped(act: () => Stop | undefined): Stop | undefined {
    this.#free.stop();
    const stop = act();
    if (stop === undefined) this.#free.start();
    return stop;
  }

  /** Steps to where the guest can be interrupted, unless that is far, and interrupts it. */
  #deliverDue(): Stop | undefined {
    const { devices, log } = this.#parts;
    const { stepper } = this.#session;
    const unfinished = this.#settle();
    if (unfinished !== undefined) return unfinished;
    while (this.#steps < WINDOW_STEPS) {
      const vector = devices.interruptFor(stepper, 0);
      if (vector !== undefined) return this.#interrupt(vector);
      const entries = log.entries;
      const stop = this.#stepOnce();
      if (stop !== undefined) return stop;
      if (log.entries !== entries) this.#steps = 0;
      if (devices.stop !== undefined) return devices.stop;
    }
    this.#isFar = true;
    return undefined;
  }

  #interrupt(vector: number): Stop | undefined {
    const step = this.#session.interrupt(vector);
    const entry = { kind: 'interrupt', address: vector, size: this.#steps } as const;
    this.#parts.log.add({ ...entry, data: undefined, registers: undefined });
    this.#isFar = false;
    const stop = this.#took(step);
    this.#steps = 0;
    return stop;
  }

  /** Has rip between two instructions. */
  #settle(): Stop | undefined {
    while (this.#free.unfinished !== undefined) {
      const stop = this.#stepOnce();
      if (stop !== undefined) return stop;
    }
    // What an entry has begun ends with it.
    this.#steps = 0;
    return undefined;
  }

  #stepOnce(): Stop | undefined {
    const { log } = this.#parts;
    const { entries } = log;
    const stop = this.#took(this.#session.step());
    if (log.entries !== entries) log.endInstruction(generalRegisters(this.#session.stepper.words));
    return stop;
  }

  #took(step: SettledStep): Stop | undefined {
    const { capture } = this.#session;
    switch (step.outcome) {
      case Outcome.retired:
        capture.retired(NULL_STREAM, step, step.code.id);
        this.#steps++;
        this.retired++;
        this.#hasDelivered = false;
        return step.code.class.halts ? this.#halted() : undefined;
      case Outcome.delivered:
        this.#hasDelivered = true;
        capture.delivered(NULL_STREAM, step);
        return undefined;
      case Outcome.stopped:
        return step.stop;
    }
  }

  #halted(): Stop | undefined {
    const { devices, log } = this.#parts;
    const registers = generalRegisters(this.#session.stepper.words);
    log.add({ kind: 'halt', address: 0, size: 0, data: undefined, registers });
    this.#steps = 0;
    if (devices.wake(this.#free, 0)) return undefined;
    return { reason: 'hlt', detail: 'the guest halted with nothing to wake it' };
  }

  #isStretchOver(): boolean {
    const { log, stretchEntries } = this.#parts;
    if (stretchEntries !== undefined) return log.entries - this.#stretchEntry >= stretchEntries;
    return performance.now() - this.#stretchSince >= STRETCH_MS;
  }

  /**
   * A new stretch begins, behind the next instruction: nobody knows whether the last thing that happened was
   * one, or the delivery of an exception, which belongs to the instruction before.
   */
  #retireAndCut(): Stop | undefined {
    const { retired } = this;
    while (this.retired === retired) {
      const stop = this.#stepOnce();
      if (stop !== undefined) return stop;
    }
    this.#cut(false);
    return undefined;
  }

  /** A new stretch begins, here unless an interrupt has just been delivered. */
  #cutHere(): Stop | undefined {
    if (this.#hasDelivered) return this.#retireAndCut();
    this.#cut(false);
    return undefined;
  }

  /** A new stretch begins. */
  #cut(isFirst: boolean): void {
    const { machine, devices, log } = this.#parts;
    const { capture } = this.#session;
    log.beginStretch({ ...this.#session.takeImage(), devices: devices.save() });
    capture.memory.changed.forEach((pages, index) => {
      const slot = machine.slots[index]!;
      for (let page = pages.indexOf(1); page >= 0; page = pages.indexOf(1, page + 1)) {
        const start = page * PAGE_BYTES;
        const data = slot.bytes.subarray(start, start + PAGE_BYTES);
        pages[page] = 0;
        if (!isFirst || data.some((byte) => byte !== 0))
          log.page(slot.gpa / PAGE_BYTES + page, data);
      }
    });
    log.endStretch();
    this.#steps = 0;
    this.#stretchSince = performance.now();
    this.#stretchEntry = log.entries;
  }
}
