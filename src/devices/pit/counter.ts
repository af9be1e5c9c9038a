import type { StateOf } from '../state-codec.js';

/** Fields of one of the 8254's counters; ticks are absolute. */
export const COUNTER_FIELDS = {
  mode: 'u8',
  /** 1 low byte, 2 high byte, 3 low then high. */
  access: 'u8',
  bcd: 'flag',
  gate: 'flag',
  /** The count is loaded and runs; before, OUT has the level that the mode starts with. */
  running: 'flag',
  /** Periods are this many ticks, 1 to 65536. */
  reload: 'u53',
  /** The tick at which `reload` went into the counter. */
  loadedAt: 'u53',
  /** Ticks counted when the gate stopped it. */
  stoppedAfter: 'u53',
  stopped: 'flag',
  /** A new count that the current period still has to end for; 0 is none. */
  nextReload: 'u53',
  /** The first of two bytes, and whether the next access is the second one. */
  writeLow: 'u8',
  writesHigh: 'flag',
  readsHigh: 'flag',
  latchedCount: 'u16',
  countLatched: 'flag',
  latchedStatus: 'u8',
  statusLatched: 'flag',
} as const;

/** All state of one counter of the 8254. */
export type PitCounter = StateOf<typeof COUNTER_FIELDS>;

/** Modes 6 and 7 are 2 and 3 (8254 data sheet, "Control Word Format"). */
export function isPeriodic({ mode }: PitCounter): boolean {
  return mode === 2 || mode === 3;
}

/** Modes that wait for a rising gate instead of for the count. */
export function isGateTriggered({ mode }: PitCounter): boolean {
  return mode === 1 || mode === 5;
}

/** Ticks that were counted since the count was loaded. */
export function elapsed(counter: PitCounter, now: number): number {
  return counter.stopped ? counter.stoppedAfter : Math.max(0, now - counter.loadedAt);
}

/** The level of OUT. */
export function output(counter: PitCounter, now: number): boolean {
  const { mode, reload, running, gate } = counter;
  if (!running) return mode !== 0;
  const ticks = elapsed(counter, now);
  switch (mode) {
    case 0:
    case 1:
      return ticks >= reload;
    case 2:
      return !gate || ticks % reload !== reload - 1;
    case 3:
      return !gate || ticks % reload < Math.ceil(reload / 2);
    default:
      return ticks !== reload;
  }
}

/** How often OUT has risen since the count was loaded, after `ticks`. */
function risesAfter({ mode, reload }: PitCounter, ticks: number): number {
  switch (mode) {
    case 2:
    case 3:
      return Math.floor(ticks / reload);
    case 0:
    case 1:
      return ticks >= reload ? 1 : 0;
    default:
      return ticks > reload ? 1 : 0;
  }
}

/** Whether OUT rises at a tick after `from`, up to and including `to`. */
export function rises(counter: PitCounter, from: number, to: number): boolean {
  if (!counter.running || counter.stopped) return false;
  const before = risesAfter(counter, elapsed(counter, from));
  return risesAfter(counter, elapsed(counter, to)) > before;
}

/** The first tick after `now` at which OUT rises; Infinity for never. */
export function nextRise(counter: PitCounter, now: number): number {
  const { mode, reload, loadedAt, running, stopped } = counter;
  if (!running || stopped) return Infinity;
  const ticks = elapsed(counter, now);
  if (isPeriodic(counter)) return loadedAt + (Math.floor(ticks / reload) + 1) * reload;
  const rise = mode < 2 ? reload : reload + 1;
  return ticks < rise ? loadedAt + rise : Infinity;
}

/** What the counting element holds, 0 to 65535, before any conversion to BCD. */
function countNow(counter: PitCounter, now: number): number {
  const { mode, reload, bcd } = counter;
  const ticks = elapsed(counter, now);
  const wrap = bcd ? 10_000 : 0x10000;
  if (mode === 3) return (reload - ((2 * ticks) % reload)) & 0xfffe;
  if (mode === 2) return reload - (ticks % reload);
  return (((reload - ticks) % wrap) + wrap) % wrap;
}

/** The count as the guest reads it: 16 bits, four decimal digits in BCD. */
export function readableCount(counter: PitCounter, now: number): number {
  const count = countNow(counter, now);
  return counter.bcd ? toBcd(count % 10_000) : count & 0xffff;
}

/** Status byte of the read-back command: OUT, null count, access, mode, BCD. */
export function statusByte(counter: PitCounter, now: number): number {
  const nullCount = !counter.running || counter.nextReload > 0;
  return (
    (output(counter, now) ? 0x80 : 0) |
    (nullCount ? 0x40 : 0) |
    (counter.access << 4) |
    (counter.mode << 1) |
    (counter.bcd ? 1 : 0)
  );
}

/** The number of ticks that a written count means: 0 is the largest. */
export function ticksOf(written: number, bcd: boolean): number {
  return bcd ? fromBcd(written) || 10_000 : written || 0x10000;
}

function toBcd(value: number): number {
  return [1000, 100, 10, 1].reduce((bcd, unit) => bcd * 16 + (Math.floor(value / unit) % 10), 0);
}

function fromBcd(bcd: number): number {
  return [12, 8, 4, 0].reduce((value, shift) => value * 10 + Math.min(9, (bcd >> shift) & 15), 0);
}
