/**
 * The exact comparison: same guest, same build. Finds the first step whose registers, memory or I/O
 * differ through the hashes of the traces, and follows what differs forward from there.
 */
import { REGISTER_MSR, REGISTER_RFLAGS } from '../../trace/registers.js';
import type { Hop } from '../dataflow/differing.js';
import { bytesText, hex } from '../format.js';
import { ignoresMemory, type IgnoreRules } from '../ignore.js';
import type { Pair, Side } from '../side.js';
import { chunkEqual, firstSuspect, sameByHash } from './chunks.js';
import { CodeMatch } from './code-match.js';
import { Cursor } from './cursor.js';
import { instructionOf } from './effects.js';
import { endDifference, endsAt, stopOf } from './ends.js';
import { Groups } from './groups.js';
import { differingMemory, sameOrigin } from './initial.js';
import { Lockstep, type StepPair } from './lockstep.js';
import { markAfterDetour } from './detour.js';
import { findMeeting, PlaceNumbers, type Meeting } from './resync.js';
import type { Branch, Difference, ExactDiff, InitialDifference } from './result.js';

export interface ExactOptions {
  readonly rules: IgnoreRules;
  /** Go on to the ends, finding every cause. */
  readonly all: boolean;
  /** Steps to follow the first difference on, to the first branch that it decides. */
  readonly follow: number;
}

export const DEFAULT_FOLLOW = 100_000;
const CHUNK = 1024;
/** Initial bytes whose way is followed. */
const MAX_INITIAL_BYTES = 1 << 20;
/** Runs of initial bytes that are causes of their own; the rest has one together. */
const MAX_INITIAL_RUNS = 64;
/** So many differing bytes are looked at again after equal chunks were skipped. */
const MAX_RECHECKED_BYTES = 256;

export function exactDiff(pair: Pair, options: ExactOptions): ExactDiff {
  const origin = sameOrigin(pair);
  if (origin && sameByHash(pair)) return sameResult(pair);
  return new Walk(pair, options).run(origin);
}

function endOf({ a, b }: Pair): ExactDiff['end'] {
  return { stepsA: a.stepCount, stepsB: b.stepCount, stopA: stopOf(a), stopB: stopOf(b) };
}

function sameResult(pair: Pair): ExactDiff {
  return {
    ...{
      same: true,
      by: 'hashes',
      groups: [],
      ignored: [],
      hidden: [],
      initial: [],
      machine: [],
      notCompared: [],
    },
    ...{ followedTo: undefined, end: endOf(pair) },
  };
}

class Walk {
  readonly #pair: Pair;
  readonly #options: ExactOptions;
  readonly #a: Cursor;
  readonly #b: Cursor;
  readonly #match: CodeMatch;
  readonly #groups = new Groups();
  readonly #places = new PlaceNumbers();
  readonly #initial: InitialDifference[] = [];
  readonly #machine: InitialDifference[] = [];
  #lockstep: Lockstep;
  /** The registers have to be read again: steps were skipped. */
  #stale = false;

  constructor(pair: Pair, options: ExactOptions) {
    this.#pair = pair;
    this.#options = options;
    this.#a = new Cursor(pair.a);
    this.#b = new Cursor(pair.b);
    this.#match = new CodeMatch(pair);
    this.#lockstep = new Lockstep(pair, options.rules, 0, 0);
  }

  run(origin: boolean): ExactDiff {
    const suspect = firstSuspect(this.#pair);
    if (!origin) this.#compareInitialMemory();
    // Differences of state 0 are followed from there on.
    const start = suspect < 0 || !this.#lockstep.differing.empty ? 0 : suspect;
    if (suspect < 0) this.#compareInitialRegisters();
    if (start > 0) this.#lockstep.loadRegisters(start, start);
    const followedTo = this.#walk(start);
    const groups = this.#groups.list();
    return {
      same: groups.length === 0 && this.#initial.length === 0,
      by: 'steps',
      groups,
      ignored: this.#lockstep.roots.filter((root) => root.ignored).map((root) => root.cause),
      initial: this.#initial,
      hidden: this.#groups.hidden(),
      machine: this.#machine,
      notCompared: this.#notCompared(),
      followedTo,
      end: endOf(this.#pair),
    };
  }

  /** Returns the step at which it stopped looking, if that is not the end. */
  #walk(start: number): number | undefined {
    let at: Meeting = { stepA: start, stepB: start };
    let horizon = Infinity;
    for (;;) {
      const skipped = at.stepA < horizon ? this.#skip(at) : undefined;
      if (skipped !== undefined) {
        at = skipped;
        if (this.#healed(at)) return at.stepA;
        continue;
      }
      const pair = this.#pairAt(at);
      if (pair === undefined) {
        this.#end(at);
        return undefined;
      }
      if (this.#stale) this.#refresh(at);
      const outcome = this.#lockstep.step(pair);
      if (outcome !== undefined) {
        const control = pair.parts && pair.end === undefined ? this.#control(at) : undefined;
        this.#groups.add(outcome, pair, control);
        // Where one trace ends there is no other way that the guest goes.
        if (outcome.hop.root.cause.kind === 'end') return undefined;
        if (pair.parts) {
          const next = this.#part(outcome.hop, at);
          if (next === undefined || !this.#options.all) return undefined;
          at = next;
          continue;
        }
      }
      if (!this.#options.all && this.#groups.size > 0 && horizon === Infinity) {
        horizon = at.stepA + this.#options.follow;
      }
      if (at.stepA >= horizon || this.#healed(at)) return at.stepA;
      at = { stepA: at.stepA + 1, stepB: at.stepB + 1 };
    }
  }

  /** Nothing differs any more, and what comes later is not asked for. */
  #healed(at: Meeting): boolean {
    if (this.#options.all || this.#groups.size === 0) return false;
    if (this.#stale) this.#refresh(at);
    return this.#lockstep.differing.empty;
  }

  /** Over steps that did the same, if their hashes say so. */
  #skip({ stepA, stepB }: Meeting): Meeting | undefined {
    if (stepA !== stepB || stepA % CHUNK !== 0) return undefined;
    if (stepA + CHUNK >= Math.min(this.#pair.a.stepCount, this.#pair.b.stepCount)) return undefined;
    if (!chunkEqual(this.#pair, stepA)) return undefined;
    // The branch out of the chunk may differ though nothing in it does.
    if (this.#rips({ stepA: stepA + CHUNK, stepB: stepB + CHUNK }).differ) return undefined;
    this.#stale = true;
    return { stepA: stepA + CHUNK, stepB: stepB + CHUNK };
  }

  #refresh({ stepA, stepB }: Meeting): void {
    this.#stale = false;
    this.#lockstep.loadRegisters(stepA, stepB);
    const { differing } = this.#lockstep;
    const now = new Set(this.#lockstep.differingRegisters());
    for (const id of [...differing.registers.keys()]) {
      if (!now.has(id)) differing.registers.delete(id);
    }
    if (!now.has(REGISTER_RFLAGS)) differing.flags.clear();
    if (differing.memory.size > MAX_RECHECKED_BYTES) return;
    for (const gpa of [...differing.memory.keys()]) {
      const [a] = this.#pair.a.memory.read(gpa, 1, stepA);
      const [b] = this.#pair.b.memory.read(gpa, 1, stepB);
      if (a === b) differing.memory.delete(gpa);
    }
  }

  #pairAt({ stepA, stepB }: Meeting): StepPair | undefined {
    const wordsA = this.#a.words(stepA);
    const wordsB = this.#b.words(stepB);
    if (wordsA === undefined || wordsB === undefined) return undefined;
    const relation = this.#match.relation(instructionOf(wordsA), instructionOf(wordsB));
    const parts = this.#rips({ stepA: stepA + 1, stepB: stepB + 1 }).differ;
    const end = endsAt(this.#pair, stepA + 1, stepB + 1);
    return { stepA, stepB, wordsA, wordsB, relation, parts, end };
  }

  /** A trace without steps ends before any step says so. */
  #end({ stepA, stepB }: Meeting): void {
    const ends = endsAt(this.#pair, stepA, stepB);
    if (ends === undefined || this.#groups.size > 0) return;
    const at = { stepA: stepA - 1, stepB: stepB - 1 };
    this.#groups.add(
      { hop: this.#lockstep.endOf(at, ends), differences: [endDifference(ends)] },
      at,
    );
  }

  /** What runs at these steps, and whether it is elsewhere. */
  #rips({ stepA, stepB }: Meeting): { a?: bigint; b?: bigint; differ: boolean } {
    const a = this.#a.instruction(stepA);
    const b = this.#b.instruction(stepB);
    if (a !== undefined && b !== undefined) {
      if (this.#match.relation(a, b) !== 'other') return { differ: false };
      return { ...this.#ripsOf(a, b), differ: true };
    }
    const ends = a === undefined && b === undefined;
    if (!ends) return { ...this.#ripsOf(a, b), differ: true };
    const finalA = this.#pair.a.state(this.#pair.a.stepCount).rip;
    const finalB = this.#pair.b.state(this.#pair.b.stepCount).rip;
    const differ = finalA !== finalB;
    return {
      ...(finalA === undefined ? {} : { a: finalA }),
      ...(finalB === undefined ? {} : { b: finalB }),
      differ,
    };
  }

  #ripsOf(a: number | undefined, b: number | undefined): { a?: bigint; b?: bigint } {
    return {
      ...(a === undefined ? {} : { a: this.#pair.a.file.code.get(a).address }),
      ...(b === undefined ? {} : { b: this.#pair.b.file.code.get(b).address }),
    };
  }

  #control({ stepA, stepB }: Meeting): Difference {
    const { a, b } = this.#rips({ stepA: stepA + 1, stepB: stepB + 1 });
    return { kind: 'control', a, b };
  }

  /** The two part after `at`; returns where they are together again. */
  #part(hop: Hop, { stepA, stepB }: Meeting): Meeting | undefined {
    const { a: nextA, b: nextB } = this.#rips({ stepA: stepA + 1, stepB: stepB + 1 });
    const meeting = findMeeting(this.#pair, this.#places, stepA + 1, stepB + 1);
    const branch: Omit<Branch, 'path'> = { stepA, stepB, nextA, nextB, resync: meeting };
    this.#groups.addBranch(hop, branch);
    if (meeting === undefined || !this.#options.all) return undefined;
    this.#lockstep.loadRegisters(meeting.stepA, meeting.stepB);
    this.#stale = false;
    const detour: Hop = { root: hop.root, stepA, stepB, from: hop };
    markAfterDetour(
      this.#pair,
      this.#lockstep,
      { stepA: stepA + 1, stepB: stepB + 1 },
      meeting,
      detour,
    );
    return meeting;
  }

  #compareInitialRegisters(): void {
    const lockstep = this.#lockstep;
    for (const id of lockstep.differingRegisters()) {
      const { name, a, b } = lockstep.registerValues(id);
      if (this.#options.rules.registers.has(name)) continue;
      const texts = { a: a === undefined ? '' : hex(a), b: b === undefined ? '' : hex(b) };
      // What only tells processors apart counts where the guest reads it: then it is an input.
      const list = id >= REGISTER_MSR ? this.#machine : this.#initial;
      list.push({ kind: 'register', name, ...texts });
      const at = { stepA: -1, stepB: -1 };
      const root = lockstep.addRoot({ kind: 'initial-register', ...at, what: name, ...texts });
      lockstep.mark(id, { root, ...at, from: undefined });
    }
  }

  #compareInitialMemory(): void {
    const lockstep = this.#lockstep;
    const at = { stepA: -1, stepB: -1 };
    let root;
    for (const [i, run] of differingMemory(this.#pair, MAX_INITIAL_BYTES).entries()) {
      if (ignoresMemory(this.#options.rules, run.gpa)) continue;
      const texts = { a: bytesText(run.a), b: bytesText(run.b) };
      const place = this.#pair.a.place(BigInt(run.gpa));
      const name = place.startsWith('0x') ? `[${place}]` : `[${hex(run.gpa)}] (${place})`;
      if (i < MAX_INITIAL_RUNS) this.#initial.push({ kind: 'memory', name, ...texts });
      if (root === undefined || i < MAX_INITIAL_RUNS) {
        root = lockstep.addRoot({ kind: 'initial-memory', ...at, what: name, ...texts });
      }
      const hop = { root, ...at, from: undefined };
      for (let k = 0; k < run.a.length; k++) lockstep.differing.memory.set(run.gpa + k, hop);
    }
  }

  #notCompared(): string[] {
    const names = (side: Side): string[] => side.file.registers.values(0).map(({ name }) => name);
    const a = names(this.#pair.a);
    const b = names(this.#pair.b);
    return [...a.filter((name) => !b.includes(name)), ...b.filter((name) => !a.includes(name))];
  }
}
