/** Goes through two traces side by side, from where they may first differ. */
import { DIGEST_STEPS } from '../../trace/format/schema.js';
import type { TaintEdge } from '../dataflow/taint-edges.js';
import type { Pair, Side } from '../side.js';
import { firstSuspect } from './chunks.js';
import { CodeMatch } from './code-match.js';
import { Cursor } from './cursor.js';
import { markAfterExcursion } from './excursion.js';
import { instructionOf } from './effects.js';
import { endDifference, endsAt } from './ends.js';
import type { ExactOptions } from './options.js';
import { Groups } from './groups.js';
import { HashRuns } from './hash-runs.js';
import { InitialState } from './initial-state.js';
import { Lockstep, type StepPair } from './lockstep.js';
import { findResyncPoint, PlaceNumbers, type ResyncPoint } from './resync.js';
import type { Branch, Difference, ExactDiff } from './result.js';
import type { Start } from './start.js';

/** Blocks of memory that are read to find out whether anything differs still. */
const MAX_HEALED_BLOCKS = 64;

/** One comparison under way: lockstep, excursions, and the divergences that come of them. */
export class Walk {
  readonly #pair: Pair;
  readonly #options: ExactOptions;
  readonly #a: Cursor;
  readonly #b: Cursor;
  readonly #match: CodeMatch;
  readonly #runs: HashRuns;
  readonly #groups = new Groups();
  readonly #places = new PlaceNumbers();
  readonly #lockstep: Lockstep;
  readonly #start: Start;
  /** Chunks that may be skipped at a time. */
  #stride = 1;

  constructor(pair: Pair, options: ExactOptions, start: Start) {
    this.#pair = pair;
    this.#options = options;
    this.#a = new Cursor(pair.a);
    this.#b = new Cursor(pair.b);
    this.#match = new CodeMatch(pair);
    this.#runs = new HashRuns(pair);
    this.#lockstep = new Lockstep(pair, options.rules, start.stepA, start.stepB);
    this.#start = start;
  }

  /** @param sameMemory both begin with the same memory */
  run(sameMemory: boolean): Omit<ExactDiff, 'start' | 'end'> {
    const { stepA, stepB } = this.#start;
    // The hashes of all steps so far are of use only where all are compared.
    const suspect = stepA === 0 && stepB === 0 ? firstSuspect(this.#pair) : -1;
    const { rules } = this.#options;
    const initial = new InitialState(this.#pair, rules, this.#lockstep, this.#start);
    if (!sameMemory) initial.compareMemory();
    // Differences of state 0 are followed from there on.
    const skipped = suspect < 0 || !this.#lockstep.differing.empty ? 0 : suspect;
    if (suspect < 0) initial.compareRegisters();
    if (skipped > 0) this.#lockstep.jump(skipped, skipped);
    const at = { stepA: stepA + skipped, stepB: stepB + skipped };
    const from = skipped === 0 ? this.#begin(initial, at) : at;
    const followedTo = from === undefined ? this.#stopAt(at) : this.#walk(from);
    const groups = this.#groups.list();
    const { list } = this.#lockstep.explainer.roots;
    return {
      same: groups.length === 0 && initial.differences.length === 0,
      by: 'steps',
      groups,
      ignored: list.filter((root) => root.ignored).map((root) => root.cause),
      hidden: this.#groups.hidden(),
      initial: initial.differences,
      machine: initial.machine,
      notCompared: this.#notCompared(),
      followedTo,
    };
  }

  /** Where the first steps run elsewhere on either side: returns where both are together. */
  #begin(initial: InitialState, at: ResyncPoint): ResyncPoint | undefined {
    const { differ } = this.#rips(at);
    const a = this.#pair.a.instruction(at.stepA)?.rip;
    const b = this.#pair.b.instruction(at.stepB)?.rip;
    if (!differ || a === undefined || b === undefined || a === b) return at;
    const edge = initial.addRip(a, b);
    const before = { stepA: at.stepA - 1, stepB: at.stepB - 1 };
    this.#groups.begin(edge.root, before, [this.#control(before)]);
    const resyncPoint = findResyncPoint(this.#pair, this.#places, at.stepA, at.stepB);
    if (resyncPoint !== undefined) this.#passExcursion(at, resyncPoint, edge);
    return resyncPoint;
  }

  #stopAt({ stepA }: ResyncPoint): number | undefined {
    return this.#options.all ? undefined : stepA;
  }

  #passExcursion(from: ResyncPoint, to: ResyncPoint, edge: TaintEdge): void {
    this.#lockstep.jump(to.stepA, to.stepB);
    markAfterExcursion(this.#pair, this.#lockstep, from, to, edge);
    this.#lockstep.skew.addExcursion(from, to, edge);
  }

  /** Returns the step at which it stopped looking, if that is not the end. */
  #walk(start: ResyncPoint): number | undefined {
    let at = start;
    const { all } = this.#options;
    /** Steps to follow the first difference on; those that did the same do not count. */
    let left = this.#options.follow;
    for (;;) {
      const looks = all || this.#groups.size === 0;
      if (!looks && left <= 0) return at.stepA;
      const skipped = this.#skip(at, looks);
      if (skipped !== undefined) {
        at = skipped;
        if (!looks && this.#lockstep.isHealed(MAX_HEALED_BLOCKS)) return at.stepA;
        continue;
      }
      const pair = this.#pairAt(at);
      if (pair === undefined) {
        this.#end(at);
        return undefined;
      }
      const outcome = this.#lockstep.step(pair);
      if (outcome !== undefined) {
        const control = pair.parts && pair.end === undefined ? this.#control(at) : undefined;
        this.#groups.add(outcome, at, control);
        // Where one trace ends there is no other way that the guest goes.
        if (outcome.edge.root.cause.kind === 'end') return undefined;
        if (pair.parts) {
          const next = this.#part(outcome.edge, at);
          if (next === undefined) return this.#stopAt(at);
          at = next;
          continue;
        }
      }
      at = { stepA: at.stepA + 1, stepB: at.stepB + 1 };
      if (!all && this.#groups.size > 0) {
        left--;
        if (this.#lockstep.differing.empty) return at.stepA - 1;
      }
    }
  }

  /**
   * Over steps that did the same, if their hashes say so. Unless all of them are looked at anyway,
   * ever more at a time: in between it is asked whether anything differs still.
   */
  #skip({ stepA, stepB }: ResyncPoint, looks: boolean): ResyncPoint | undefined {
    let steps = this.#runs.equalSteps(stepA, stepB, looks ? Infinity : this.#stride);
    // The branch out of a chunk may differ though nothing in it does.
    if (steps > 0 && this.#rips({ stepA: stepA + steps, stepB: stepB + steps }).differ) {
      steps -= DIGEST_STEPS;
    }
    this.#stride = steps > 0 ? this.#stride * 2 : 1;
    if (steps === 0) return undefined;
    this.#lockstep.jumpOverEqual(stepA + steps, stepB + steps);
    return { stepA: stepA + steps, stepB: stepB + steps };
  }

  #pairAt({ stepA, stepB }: ResyncPoint): StepPair | undefined {
    const wordsA = this.#a.words(stepA);
    const wordsB = this.#b.words(stepB);
    if (wordsA === undefined || wordsB === undefined) return undefined;
    const relation = this.#match.relation(instructionOf(wordsA), instructionOf(wordsB));
    const parts = this.#rips({ stepA: stepA + 1, stepB: stepB + 1 }).differ;
    const end = endsAt(this.#pair, stepA + 1, stepB + 1);
    return { stepA, stepB, wordsA, wordsB, relation, parts, end };
  }

  /** A trace without steps ends before any step says so. */
  #end({ stepA, stepB }: ResyncPoint): void {
    const ends = endsAt(this.#pair, stepA, stepB);
    if (ends === undefined || this.#groups.size > 0) return;
    const at = { stepA: stepA - 1, stepB: stepB - 1 };
    const { root } = this.#lockstep.explainer.ended(at, ends);
    this.#groups.begin(root, at, [endDifference(ends)]);
  }

  /** What runs at these steps, and whether it is elsewhere. */
  #rips({ stepA, stepB }: ResyncPoint): { a?: bigint; b?: bigint; differ: boolean } {
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

  #control({ stepA, stepB }: ResyncPoint): Difference {
    const { a, b } = this.#rips({ stepA: stepA + 1, stepB: stepB + 1 });
    return { kind: 'control', a, b };
  }

  /** The two part after `at`; returns where they are together again. */
  #part(edge: TaintEdge, { stepA, stepB }: ResyncPoint): ResyncPoint | undefined {
    const from = { stepA: stepA + 1, stepB: stepB + 1 };
    const { a: nextA, b: nextB } = this.#rips(from);
    const resyncPoint = findResyncPoint(this.#pair, this.#places, from.stepA, from.stepB);
    const branch: Omit<Branch, 'path'> = { stepA, stepB, nextA, nextB, resync: resyncPoint };
    this.#groups.addBranch(edge, branch);
    if (resyncPoint === undefined || !this.#options.all) return undefined;
    this.#passExcursion(from, resyncPoint, edge);
    return resyncPoint;
  }

  #notCompared(): string[] {
    const names = (side: Side): string[] => side.file.registers.values(0).map(({ name }) => name);
    const a = names(this.#pair.a);
    const b = names(this.#pair.b);
    return [...a.filter((name) => !b.includes(name)), ...b.filter((name) => !a.includes(name))];
  }
}
