/**
 * Two machines side by side, a step at a time: what differs after each step, and where it came from.
 */
import { hex } from '../../base/number-text.js';
import { REGISTER_RFLAGS } from '../../trace/format/registers.js';
import { Differing } from '../dataflow/differing.js';
import type { ReadBoth } from '../dataflow/differing-memory.js';
import type { TaintEdge } from '../dataflow/taint-edges.js';
import { ImpliedSources } from '../dataflow/implied-sources.js';
import { Sources } from '../dataflow/sources.js';
import { ignoresMemory, type IgnoreRules } from '../ignore.js';
import type { Pair } from '../side.js';
import type { CodeRelation } from './code-match.js';
import { compareEvents } from './compare-events.js';
import {
  decodeEffects,
  instructionOf,
  memoryRowsOf,
  registersOf,
  type StepWords,
} from './effects.js';
import { endDifference, type Ends } from './ends.js';
import { Explainer, type LastResort } from './explain.js';
import { RegisterPair } from './register-pair.js';
import type { Difference } from './result.js';
import { reconcile, type Found } from './reconcile.js';
import { ClockSkew } from './clock-skew.js';
import { compareWrittenMemory } from './written-memory.js';

/** A step of either trace, to be compared. */
export interface StepPair {
  readonly stepA: number;
  readonly stepB: number;
  readonly wordsA: StepWords;
  readonly wordsB: StepWords;
  readonly relation: CodeRelation;
  /** Control goes to other places after the step. */
  readonly parts: boolean;
  /** A trace ends after the step, and the other one goes on or ends for another reason. */
  readonly end?: Ends | undefined;
}

/** A step that differs; `edge` says why. */
export interface StepOutcome {
  readonly edge: TaintEdge;
  /** Whether any of it is not hidden by the rules. */
  readonly shows: boolean;
  /** What differs, without what the rules hide. To be asked before the next step. */
  readonly differences: () => readonly Difference[];
  /** Of these, what went out and came in. */
  readonly exchanged: readonly Difference[];
}

/** Carries what differs from step to step. */
export class Lockstep {
  readonly differing = new Differing();
  /** What excursions did to the devices. */
  readonly skew: ClockSkew;
  readonly explainer: Explainer;
  readonly registers: RegisterPair;
  readonly #pair: Pair;
  readonly #rules: IgnoreRules;
  readonly #sources: Sources;
  readonly #implied: ImpliedSources;
  readonly #hidesPlaces: boolean;
  #stateA: number;
  #stateB: number;
  readonly #read: ReadBoth = (gpa, length) => [
    this.#pair.a.memory.read(gpa, length, this.#stateA),
    this.#pair.b.memory.read(gpa, length, this.#stateB),
  ];

  constructor(pair: Pair, rules: IgnoreRules, stateA: number, stateB: number) {
    this.#pair = pair;
    this.#rules = rules;
    this.#sources = new Sources(pair.a);
    this.#implied = new ImpliedSources(pair, this.#sources);
    this.#stateA = stateA;
    this.#stateB = stateB;
    this.skew = new ClockSkew(pair, { stepA: stateA, stepB: stateB });
    this.explainer = new Explainer(this.skew);
    this.#hidesPlaces = rules.registers.size > 0 || rules.memory.length > 0;
    this.registers = new RegisterPair(pair, stateA, stateB);
  }

  /** Takes the registers of other states, after steps that were skipped. */
  jump(stateA: number, stateB: number): void {
    this.#stateA = stateA;
    this.#stateB = stateB;
    this.registers.load(stateA, stateB);
  }

  /** After steps that did the same on both sides were skipped: some of what differed may be equal. */
  jumpOverEqual(stateA: number, stateB: number): void {
    this.jump(stateA, stateB);
    const { registers, flags, memory } = this.differing;
    for (const id of registers.keys()) if (!this.registers.differs(id)) registers.delete(id);
    if (flags.size > 0 && this.registers.flagsDiffering() === 0) flags.clear();
    memory.doubt();
  }

  /** Whether nothing differs any more, as far as can be told without reading all of memory. */
  isHealed(blocks: number): boolean {
    const { registers, flags, memory } = this.differing;
    return registers.size === 0 && flags.size === 0 && memory.isEmpty(blocks, this.#read);
  }

  /** Marks a register, rflags bit by bit, as differing because of `edge`. */
  mark(id: number, edge: TaintEdge): void {
    if (id === REGISTER_RFLAGS) this.#markFlags(this.registers.flagsDiffering(), edge);
    else this.differing.registers.set(id, edge);
  }

  /** Carries a step out on both sides; undefined where it did the same and nothing follows. */
  step(pair: StepPair): StepOutcome | undefined {
    const { wordsA, wordsB } = pair;
    this.#stateA = pair.stepA;
    this.#stateB = pair.stepB;
    if (!pair.parts && pair.end === undefined && this.#identical(pair)) {
      this.registers.apply(wordsA, wordsB);
      if (!this.differing.empty) this.#forget(wordsA);
      return undefined;
    }
    return this.#compare(pair);
  }

  #compare(pair: StepPair): StepOutcome | undefined {
    const { wordsA, wordsB, stepA, stepB, end } = pair;
    const { differing, registers } = this;
    const equalBefore = differing.empty;
    const a = decodeEffects(wordsA);
    const b = decodeEffects(wordsB);
    const delivers = a.interruptions.length > 0 || b.interruptions.length > 0;
    const id = a.instruction;
    const source = this.#sources.of(
      { id, step: stepA, registers: registers.a, delivers, read: this.#read },
      differing,
    );
    registers.apply(wordsA, wordsB);
    const { differences: exchanged, inputs } = compareEvents(a, b, this.#rules);
    const found = reconcile(a, b, {
      registers,
      differing,
      uses: this.#sources.uses(id),
      ignoreUndefined: this.#rules.undefinedFlags,
      written: compareWrittenMemory(
        { memory: this.#pair.a.memory, state: stepA + 1, rows: a.memory },
        { memory: this.#pair.b.memory, state: stepB + 1, rows: b.memory },
      ),
    });
    const code = this.#codeDifference(pair);
    const places = found.registers.length > 0 || found.flags !== 0 || found.memory.length > 0;
    const other = exchanged.length > 0 || code !== undefined || end !== undefined;
    const { text } = this.#pair.a.file.code.get(id);
    if (found.undefinedFlags !== 0) {
      this.#markFlags(found.undefinedFlags, this.explainer.undefinedFlags(pair, text));
    }
    if (!places && !other && inputs.length === 0 && !pair.parts) return undefined;
    const seen = places && this.#hidesPlaces ? this.#visible(found) : undefined;
    const hidden = seen?.length === 0 ? this.#hiddenPlace(found) : undefined;
    const last = (): LastResort => {
      const vectors = [...a.interruptions, ...b.interruptions].map(({ vector }) => vector);
      const { registers: written } = found;
      const step = { at: pair, id, vectors, written, equalBefore, read: this.#read };
      return {
        source: this.#implied.of(step, differing) ?? differing.memory.beyond,
        allEqual: () => this.#implied.allEqual(step, differing),
      };
    };
    const evidence = { at: pair, instruction: id, text, inputs, source, code, hidden, end, last };
    const edge = this.explainer.explain(evidence);
    this.#mark(found, edge);
    return {
      edge,
      shows: other || (seen === undefined ? places : seen.length > 0),
      differences: () => [
        ...(code === undefined ? [] : [code]),
        ...exchanged,
        ...(seen ?? this.#visible(found)),
        ...(end === undefined ? [] : [endDifference(end)]),
      ],
      exchanged,
    };
  }

  #identical({ relation, wordsA: a, wordsB: b }: StepPair): boolean {
    if (relation !== 'same' || a.length !== b.length) return false;
    if (!this.registers.namesAlike(a)) return false;
    for (let i = 2; i < a.length; i++) if (a[i] !== b[i]) return false;
    return true;
  }

  /** What both sides wrote alike differs no more. */
  #forget(words: StepWords): void {
    const { registers, flags, memory } = this.differing;
    const written = registersOf(words);
    for (let at = 0; at < written.length; at += 3) {
      if (written[at] === REGISTER_RFLAGS) flags.clear();
      else registers.delete(written[at]!);
    }
    if (memory.size === 0) return;
    for (const { gpa, size } of memoryRowsOf(words)) {
      for (let i = 0; i < size; i++) memory.delete(gpa + i);
    }
  }

  #mark({ registers, flags, memory }: Found, edge: TaintEdge): void {
    for (const id of registers) this.differing.registers.set(id, edge);
    this.#markFlags(flags, edge);
    for (const { gpa, a } of memory) {
      for (let i = 0; i < a.length; i++) this.differing.memory.set(gpa + i, edge);
    }
  }

  #markFlags(mask: number, edge: TaintEdge): void {
    for (let bit = 0; mask !== 0 && bit < 32; bit++) {
      if ((mask & (1 << bit)) !== 0) this.differing.flags.set(bit, edge);
    }
  }

  #codeDifference({ relation, wordsA, wordsB }: StepPair): Difference | undefined {
    if (relation === 'same') return undefined;
    const a = this.#pair.a.file.code.get(instructionOf(wordsA));
    const b = this.#pair.b.file.code.get(instructionOf(wordsB));
    return { kind: 'code', address: a.address, a: a.text, b: b.text };
  }

  /** What the rules let through. */
  #visible(found: Found): Difference[] {
    const ids = found.flags === 0 ? found.registers : [...found.registers, REGISTER_RFLAGS];
    return [
      ...ids
        .filter((id) => !this.#rules.registers.has(this.registers.nameOf(id)))
        .map((id): Difference => ({ kind: 'register', ...this.registers.values(id) })),
      ...found.memory
        .filter(({ gpa }) => !ignoresMemory(this.#rules, gpa))
        .map(({ gpa, a, b }): Difference => ({ kind: 'memory', gpa, a, b })),
    ];
  }

  /** A place that the rules hide. */
  #hiddenPlace({ registers, memory }: Found): string {
    const [place] = memory;
    if (place !== undefined) return `memory ${hex(place.gpa)}`;
    return `register ${this.registers.nameOf(registers[0] ?? REGISTER_RFLAGS)}`;
  }
}
