/**
 * The states from which two traces are compared: where both began, or, for a fork
 * (`replay --from N -o`), the state of the other trace that it goes on from.
 */
import type { Pair, Side } from '../side.js';

/** Where the comparison begins. */
export interface Start {
  /** Number of the first state that is compared, in either trace. */
  readonly stepA: number;
  readonly stepB: number;
  /** What `--set` changed in the forks, as it was given: `rax=5`, `[0x2000]=01 02`. */
  readonly sets: readonly string[];
  /** The same, of either side. */
  readonly setsOfBoth: readonly (readonly string[])[];
}

/**
 * Steps are counted from where the guest was started: two forks of one trace go on at the later
 * of their states. Other traces, and those that end before that, are compared from their beginnings.
 */
export function startOf({ a, b }: Pair): Start {
  const beforeA = stepsBefore(a);
  const beforeB = stepsBefore(b);
  const isOneGuest = a.meta('guest_sha256') === b.meta('guest_sha256');
  const first = isOneGuest ? Math.max(beforeA, beforeB) : 0;
  const stepA = Math.max(0, first - beforeA);
  const stepB = Math.max(0, first - beforeB);
  if (stepA > a.stepCount || stepB > b.stepCount) {
    return { stepA: 0, stepB: 0, sets: [], setsOfBoth: [] };
  }
  // What was set in a fork shows where it begins, and nowhere later.
  const setsOfBoth = [stepA === 0 ? setsOf(a) : [], stepB === 0 ? setsOf(b) : []];
  return { stepA, stepB, sets: setsOfBoth.flat(), setsOfBoth };
}

/** Whether the trace goes on from a state of another one. */
export function isFork(side: Side): boolean {
  return side.meta('parent_step') !== undefined;
}

/** Steps that the guest ran before state 0 of the trace. */
function stepsBefore(side: Side): number {
  return Number(side.meta('steps_before') ?? side.meta('parent_step') ?? 0);
}

function setsOf(side: Side): string[] {
  return (side.meta('parent_sets') ?? '').split(';').flatMap((text) => text.trim() || []);
}

/** The `--set` that changed a register; where both sides have one, `rax=5 | rax=6`. */
export function setOfRegister(start: Start, name: string): string | undefined {
  return setsThat(start, (text) => /^\w+/.exec(text)?.[0] === name);
}

/** The `--set` that changed the byte of physical memory. */
export function setOfMemory(start: Start, gpa: number): string | undefined {
  return setsThat(start, (text) => {
    const { at, bytes = '' } =
      /^\[\s*(?<at>[^\]]+?)\s*\]\s*=(?<bytes>.*)$/.exec(text)?.groups ?? {};
    const from = Number(at);
    return gpa >= from && gpa < from + bytes.replaceAll(/\s/g, '').length / 2;
  });
}

/** Of more on one side the last counts: they are made one after the other. */
function setsThat({ setsOfBoth }: Start, matches: (text: string) => boolean): string | undefined {
  const found = setsOfBoth.flatMap((sets) => sets.findLast(matches) ?? []);
  return found.length === 0 ? undefined : [...new Set(found)].join(' | ');
}
