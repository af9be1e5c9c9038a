import {
  elapsed,
  isGateTriggered,
  isPeriodic,
  readableCount,
  statusByte,
  ticksOf,
  type PitCounter,
} from './counter.js';

/** What the guest writes to and reads from a counter of the 8254, at tick `now`. */

/** Bytes per access: low only, high only, low then high. */
const HIGH_ONLY = 2;
const BOTH = 3;

/** A control word that selects a mode (bits 5:4 not 0). The counter stops until it has a count. */
export function setMode(counter: PitCounter, control: number): void {
  const mode = (control >> 1) & 7;
  counter.mode = mode > 5 ? mode - 4 : mode;
  counter.access = (control >> 4) & 3;
  counter.bcd = (control & 1) !== 0;
  counter.running = false;
  counter.stopped = false;
  counter.nextReload = 0;
  counter.writesHigh = false;
  counter.readsHigh = false;
  counter.countLatched = false;
  counter.statusLatched = false;
}

/** Latches the count until it is read; a second latch before that changes nothing. */
export function latchCount(counter: PitCounter, now: number): void {
  if (counter.countLatched) return;
  counter.latchedCount = readableCount(counter, now);
  counter.countLatched = true;
}

/** Keeps the status byte for the next read (read-back command); one that waits already stays. */
export function latchStatus(counter: PitCounter, now: number): void {
  if (counter.statusLatched) return;
  counter.latchedStatus = statusByte(counter, now);
  counter.statusLatched = true;
}

/** Puts the reload value into the counting element, which counts from the next tick on. */
function load(counter: PitCounter, reload: number, now: number): void {
  counter.reload = reload;
  counter.loadedAt = now + 1;
  counter.running = true;
  counter.nextReload = 0;
  counter.stopped = !counter.gate && !isGateTriggered(counter);
  counter.stoppedAfter = 0;
}

function newCount(counter: PitCounter, written: number, now: number): void {
  const reload = ticksOf(written, counter.bcd);
  if (isGateTriggered(counter)) counter.nextReload = reload;
  else if (isPeriodic(counter) && counter.running && !counter.stopped) counter.nextReload = reload;
  else load(counter, reload, now);
}

/** Takes a byte that the guest writes to the counter's port, `now` in ticks of the timer. */
export function writeCount(counter: PitCounter, value: number, now: number): void {
  if (counter.access === BOTH && !counter.writesHigh) {
    counter.writeLow = value;
    counter.writesHigh = true;
    // The first byte of a new count stops mode 0.
    if (counter.mode === 0) counter.running = false;
    return;
  }
  counter.writesHigh = false;
  if (counter.access === BOTH) newCount(counter, (value << 8) | counter.writeLow, now);
  else newCount(counter, counter.access === HIGH_ONLY ? value << 8 : value, now);
}

/**
 * The byte that the guest reads from the counter's port: latched status, latched count, or the
 * count at `now`.
 */
export function readCount(counter: PitCounter, now: number): number {
  if (counter.statusLatched) {
    counter.statusLatched = false;
    return counter.latchedStatus;
  }
  const count = counter.countLatched ? counter.latchedCount : readableCount(counter, now);
  const high = counter.access === HIGH_ONLY || (counter.access === BOTH && counter.readsHigh);
  counter.readsHigh = counter.access === BOTH && !counter.readsHigh;
  // A latched count stays until its last byte is read.
  if (!counter.readsHigh) counter.countLatched = false;
  return high ? count >> 8 : count & 0xff;
}

/** The gate input changes: it stops and goes on, restarts, or triggers, as the mode has it. */
export function setGate(counter: PitCounter, high: boolean, now: number): void {
  const rises = high && !counter.gate;
  if (!high && counter.gate && !isGateTriggered(counter) && counter.running) {
    counter.stoppedAfter = elapsed(counter, now);
    counter.stopped = true;
  }
  counter.gate = high;
  if (!rises) return;
  if (isGateTriggered(counter)) {
    const reload = counter.nextReload || (counter.running ? counter.reload : 0);
    if (reload > 0) load(counter, reload, now);
  } else if (counter.running && isPeriodic(counter)) {
    load(counter, counter.nextReload || counter.reload, now);
  } else if (counter.running) {
    counter.stopped = false;
    counter.loadedAt = now - counter.stoppedAfter;
  }
}

/** At the end of a period a new count takes over; the period that is under way starts at loadedAt. */
export function passPeriods(counter: PitCounter, now: number): void {
  if (!counter.running || counter.stopped || !isPeriodic(counter)) return;
  if (counter.nextReload > 0 && elapsed(counter, now) >= counter.reload) {
    counter.loadedAt += counter.reload;
    counter.reload = counter.nextReload;
    counter.nextReload = 0;
  }
  const periods = Math.floor(elapsed(counter, now) / counter.reload);
  counter.loadedAt += periods * counter.reload;
}
