/**
 * Two machines side by side, a step at a time: what differs after each step, and where it came from.
 */
import { REGISTER_MSR, REGISTER_RFLAGS } from '../../trace/registers.js';
import { Differing, mostTelling, type Cause, type Hop, type Root } from '../dataflow/differing.js';
import { Sources } from '../dataflow/sources.js';
import { hex } from '../format.js';
import { ignoresMemory, type IgnoreRules } from '../ignore.js';
import type { Pair } from '../side.js';
import type { CodeRelation } from './code-match.js';
import { compareEvents, type DifferingInput } from './compare-events.js';
import { RegisterFile } from './cursor.js';
import {
  decodeEffects,
  instructionOf,
  registersOf,
  type Effects,
  type StepWords,
} from './effects.js';
import { endDifference, endedByRecorder, type Ends } from './ends.js';
import type { Difference } from './result.js';
import { compareWrittenMemory, type DifferingBytes } from './written-memory.js';

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

/** A step that differs; `hop` says why. */
export interface StepOutcome {
  readonly hop: Hop;
  /** Without what the rules hide; may be empty. */
  readonly differences: readonly Difference[];
}

interface Found {
  readonly registers: readonly number[];
  readonly flags: number;
  readonly undefinedFlags: number;
  readonly memory: readonly DifferingBytes[];
}

export class Lockstep {
  readonly differing = new Differing();
  readonly roots: Root[] = [];
  readonly #pair: Pair;
  readonly #rules: IgnoreRules;
  readonly #sources: Sources;
  readonly #a: RegisterFile;
  readonly #b: RegisterFile;
  /** Register ids of b by those of a; the same but for model-specific ones. */
  readonly #idOfB: ReadonlyMap<number, number>;
  readonly #idOfA: ReadonlyMap<number, number>;
  readonly #names: ReadonlyMap<number, string>;
  readonly #sameIds: boolean;
  readonly #placeRoots = new Map<string, Root>();

  constructor(pair: Pair, rules: IgnoreRules, stateA: number, stateB: number) {
    this.#pair = pair;
    this.#rules = rules;
    this.#sources = new Sources(pair.a);
    this.#a = new RegisterFile(pair.a, stateA);
    this.#b = new RegisterFile(pair.b, stateB);
    const listA = pair.a.file.registers.list;
    const ofB = new Map(pair.b.file.registers.list.map(({ id, name }) => [name, id]));
    const both = listA.filter(({ name }) => ofB.has(name));
    this.#idOfB = new Map(both.map(({ id, name }) => [id, ofB.get(name)!]));
    this.#idOfA = new Map(both.map(({ id, name }) => [ofB.get(name)!, id]));
    this.#names = new Map(listA.map(({ id, name }) => [id, name]));
    this.#sameIds = both.every(({ id }) => this.#idOfB.get(id) === id);
  }

  /** Takes the registers of other states, after steps that were skipped. */
  loadRegisters(stateA: number, stateB: number): void {
    this.#a.load(stateA);
    this.#b.load(stateB);
  }

  addRoot(cause: Cause, ignored = false): Root {
    const root = { id: this.roots.length, ignored, cause };
    this.roots.push(root);
    return root;
  }

  /** A trace that ends is the cause of its own. */
  endOf(at: Pick<Hop, 'stepA' | 'stepB'>, { a, b }: Ends): Hop {
    return {
      root: this.addRoot({ kind: 'end', ...at, what: 'end', a, b }),
      ...at,
      from: undefined,
    };
  }

  /** Ids, in a, of all registers whose values differ now. Flags count as a register. */
  differingRegisters(): number[] {
    return [...this.#idOfB.keys()].filter((id) => this.#registerDiffers(id));
  }

  registerValues(id: number): { name: string; a: bigint | undefined; b: bigint | undefined } {
    const idB = this.#idOfB.get(id)!;
    return {
      name: this.#names.get(id)!,
      a: this.#a.known[id] === 1 ? this.#a.value(id) : undefined,
      b: this.#b.known[idB] === 1 ? this.#b.value(idB) : undefined,
    };
  }

  /** Marks a register, rflags bit by bit, as differing because of `hop`. */
  mark(id: number, hop: Hop): void {
    if (id !== REGISTER_RFLAGS) {
      this.differing.registers.set(id, hop);
      return;
    }
    const mask = this.#flagsDiffering();
    for (let bit = 0; bit < 32; bit++) {
      if ((mask & (1 << bit)) !== 0) this.differing.flags.set(bit, hop);
    }
  }

  /** Carries a step out on both sides; undefined where it did the same and nothing follows. */
  step(pair: StepPair): StepOutcome | undefined {
    const { wordsA, wordsB } = pair;
    const identical = pair.relation === 'same' && this.#sameWords(wordsA, wordsB);
    if (identical && !pair.parts && pair.end === undefined && this.differing.empty) {
      this.#apply(wordsA, wordsB);
      return undefined;
    }
    const a = decodeEffects(wordsA);
    const b = decodeEffects(wordsB);
    const delivers = a.interruptions.length > 0 || b.interruptions.length > 0;
    const sources = this.#sources.of(a.instruction, pair.stepA, this.#a, this.differing, delivers);
    this.#apply(wordsA, wordsB);
    const events = compareEvents(a, b, this.#rules);
    const found = this.#settle(a, b, pair);
    const code = this.#codeDifference(pair);
    const nothing =
      events.differences.length === 0 &&
      events.inputs.length === 0 &&
      found.registers.length === 0 &&
      found.flags === 0 &&
      found.memory.length === 0 &&
      code === undefined &&
      pair.end === undefined &&
      !pair.parts;
    this.#markUndefined(pair, found.undefinedFlags);
    if (nothing) return undefined;
    const places = this.#visible(found);
    const hop = this.#explain(pair, events.inputs, sources, code, places.hidden);
    for (const id of found.registers) this.differing.registers.set(id, hop);
    for (let bit = 0; bit < 32; bit++) {
      if ((found.flags & (1 << bit)) !== 0) this.differing.flags.set(bit, hop);
    }
    for (const { gpa, a: bytes } of found.memory) {
      for (let i = 0; i < bytes.length; i++) this.differing.memory.set(gpa + i, hop);
    }
    const differences = [
      ...(code === undefined ? [] : [code]),
      ...events.differences,
      ...places.differences,
      ...(pair.end === undefined ? [] : [endDifference(pair.end)]),
    ];
    return { hop, differences };
  }

  #sameWords(a: StepWords, b: StepWords): boolean {
    if (a.length !== b.length) return false;
    // By id: the last is the largest.
    if (!this.#sameIds && (registersOf(a).at(-3) ?? 0) >= REGISTER_MSR) return false;
    for (let i = 2; i < a.length; i++) if (a[i] !== b[i]) return false;
    return true;
  }

  #apply(a: StepWords, b: StepWords): void {
    this.#a.apply(a);
    this.#b.apply(b);
  }

  #registerDiffers(id: number): boolean {
    const idB = this.#idOfB.get(id)!;
    if (this.#a.known[id] !== 1 || this.#b.known[idB] !== 1) return false;
    return this.#a.low[id] !== this.#b.low[idB] || this.#a.high[id] !== this.#b.high[idB];
  }

  #flagsDiffering(): number {
    return this.#a.low[REGISTER_RFLAGS]! ^ this.#b.low[REGISTER_RFLAGS]!;
  }

  /** Forgets what has become equal, and collects what the step made, or left, different. */
  #settle(a: Effects, b: Effects, { stepA, stepB }: StepPair): Found {
    const uses = this.#sources.uses(a.instruction);
    const written = new Set<number>();
    for (let i = 0; i < a.registers.length; i += 3) written.add(a.registers[i]!);
    for (let i = 0; i < b.registers.length; i += 3) {
      const id = this.#idOfA.get(b.registers[i]!);
      if (id !== undefined) written.add(id);
    }
    const registers: number[] = [];
    let flags = 0;
    for (const id of written) {
      if (!this.#idOfB.has(id)) continue;
      if (id === REGISTER_RFLAGS) flags = this.#flagsDiffering();
      else if (this.#registerDiffers(id)) registers.push(id);
      else this.differing.registers.delete(id);
    }
    if (written.has(REGISTER_RFLAGS)) {
      for (const bit of [...this.differing.flags.keys()]) {
        if ((flags & (1 << bit)) === 0) this.differing.flags.delete(bit);
        // Not set by this instruction: it differs as it did.
        else if ((uses.flagsModified & (1 << bit)) === 0) flags &= ~(1 << bit);
      }
    }
    const undefinedFlags = this.#rules.undefinedFlags ? flags & uses.flagsUndefined : 0;
    const { written: bytes, differing: memory } = compareWrittenMemory(
      { memory: this.#pair.a.memory, state: stepA + 1, rows: a.memory },
      { memory: this.#pair.b.memory, state: stepB + 1, rows: b.memory },
    );
    if (this.differing.memory.size > 0) for (const gpa of bytes) this.differing.memory.delete(gpa);
    return { registers, flags: flags & ~undefinedFlags, undefinedFlags, memory };
  }

  #codeDifference({ relation, wordsA, wordsB }: StepPair): Difference | undefined {
    if (relation === 'same') return undefined;
    const a = this.#pair.a.file.code.get(instructionOf(wordsA));
    const b = this.#pair.b.file.code.get(instructionOf(wordsB));
    return { kind: 'code', address: a.address, a: a.text, b: b.text };
  }

  /** What of it the rules let through. */
  #visible(found: Found): { differences: Difference[]; hidden: string | undefined } {
    const differences: Difference[] = [];
    let hidden: string | undefined;
    const ids = found.flags === 0 ? found.registers : [...found.registers, REGISTER_RFLAGS];
    for (const id of ids) {
      const { name, a, b } = this.registerValues(id);
      if (this.#rules.registers.has(name)) hidden = `register ${name}`;
      else differences.push({ kind: 'register', name, a, b });
    }
    for (const { gpa, a, b } of found.memory) {
      if (ignoresMemory(this.#rules, gpa)) hidden = `memory ${hex(gpa)}`;
      else differences.push({ kind: 'memory', gpa, a, b });
    }
    return { differences, hidden: differences.length === 0 ? hidden : undefined };
  }

  #explain(
    pair: StepPair,
    inputs: readonly DifferingInput[],
    sources: readonly Hop[],
    code: Difference | undefined,
    hidden: string | undefined,
  ): Hop {
    const { stepA, stepB, end } = pair;
    const input = inputs.find(({ ignored }) => !ignored) ?? inputs[0];
    const at = { stepA, stepB };
    if (end !== undefined && endedByRecorder(end)) return this.endOf(at, end);
    if (input !== undefined) {
      const { kind, what, a, b } = input;
      const root = this.addRoot({ kind, ...at, what, a, b }, input.ignored);
      return { root, ...at, from: undefined };
    }
    const from = mostTelling(sources);
    if (from !== undefined) return { root: from.root, ...at, from };
    if (end !== undefined) return this.endOf(at, end);
    return { root: this.#newRoot(pair, code, hidden), ...at, from: undefined };
  }

  #newRoot(
    { stepA, stepB, wordsA }: StepPair,
    code: Difference | undefined,
    hidden: string | undefined,
  ): Root {
    const at = { stepA, stepB };
    if (code?.kind === 'code') {
      const what = `code at ${hex(code.address)}`;
      return this.addRoot({ kind: 'code', ...at, what, a: code.a, b: code.b });
    }
    if (hidden !== undefined) {
      let root = this.#placeRoots.get(hidden);
      const kind = hidden.startsWith('register') ? 'ignored-register' : 'ignored-memory';
      root ??= this.addRoot({ kind, ...at, what: hidden, a: '', b: '' });
      this.#placeRoots.set(hidden, root);
      return root;
    }
    const { text } = this.#pair.a.file.code.get(instructionOf(wordsA));
    return this.addRoot({ kind: 'unexplained', ...at, what: text, a: '', b: '' });
  }

  #markUndefined({ stepA, stepB, wordsA }: StepPair, mask: number): void {
    if (mask === 0) return;
    const what = 'undefined flags';
    let root = this.#placeRoots.get(what);
    if (root === undefined) {
      const { text } = this.#pair.a.file.code.get(instructionOf(wordsA));
      const cause: Cause = { kind: 'undefined-flags', stepA, stepB, what: text, a: '', b: '' };
      root = this.addRoot(cause, true);
      this.#placeRoots.set(what, root);
    }
    const hop: Hop = { root, stepA, stepB, from: undefined };
    for (let bit = 0; bit < 32; bit++) {
      if ((mask & (1 << bit)) !== 0) this.differing.flags.set(bit, hop);
    }
  }
}
