/** What differs before the first step, as causes that are followed from there on. */
import { bytesText, hex } from '../../base/number-text.js';
import { REGISTER_MSR } from '../../trace/format/registers.js';
import type { Cause } from '../dataflow/cause.js';
import type { TaintEdge } from '../dataflow/taint-edges.js';
import { ignoresMemory, type IgnoreRules } from '../ignore.js';
import type { Pair } from '../side.js';
import { differingMemory } from './initial.js';
import type { Lockstep } from './lockstep.js';
import type { InitialDifference } from './result.js';
import { setOfMemory, setOfRegister, type Start } from './start.js';

/** Initial bytes whose way is followed. */
const MAX_INITIAL_BYTES = 1 << 20;
/** Runs of initial bytes that are causes of their own; the rest has one together. */
const MAX_INITIAL_RUNS = 64;

/** Compares the states at which the traces begin, and marks what differs. */
export class InitialState {
  readonly differences: InitialDifference[] = [];
  /** Of model-specific registers. */
  readonly machine: InitialDifference[] = [];
  readonly #pair: Pair;
  readonly #rules: IgnoreRules;
  readonly #lockstep: Lockstep;
  readonly #start: Start;

  constructor(pair: Pair, rules: IgnoreRules, lockstep: Lockstep, start: Start) {
    this.#pair = pair;
    this.#rules = rules;
    this.#lockstep = lockstep;
    this.#start = start;
  }

  compareRegisters(): void {
    const { registers, explainer } = this.#lockstep;
    for (const id of registers.differing()) {
      const { name, a, b } = registers.values(id);
      if (this.#rules.registers.has(name)) continue;
      const texts = { a: a === undefined ? '' : hex(a), b: b === undefined ? '' : hex(b) };
      // What only tells processors apart counts where the guest reads it: then it is an input.
      const list = id >= REGISTER_MSR ? this.machine : this.differences;
      list.push({ kind: 'register', name, ...texts });
      const cause = { ...this.#registerCause(name), ...texts };
      this.#lockstep.mark(id, explainer.begin(cause, this.#at));
    }
  }

  /** Both go on at other places. */
  addRip(a: bigint, b: bigint): TaintEdge {
    const texts = { a: hex(a), b: hex(b) };
    this.differences.push({ kind: 'register', name: 'rip', ...texts });
    const cause = { ...this.#registerCause('rip'), ...texts };
    return this.#lockstep.explainer.begin(cause, this.#at);
  }

  compareMemory(): void {
    const { explainer, differing } = this.#lockstep;
    let edge;
    for (const [i, run] of differingMemory(this.#pair, this.#start, MAX_INITIAL_BYTES).entries()) {
      if (ignoresMemory(this.#rules, run.gpa)) continue;
      const texts = { a: bytesText(run.a), b: bytesText(run.b) };
      const place = this.#pair.a.place(BigInt(run.gpa));
      const name = place.startsWith('0x') ? `[${place}]` : `[${hex(run.gpa)}] (${place})`;
      if (i < MAX_INITIAL_RUNS) this.differences.push({ kind: 'memory', name, ...texts });
      if (edge === undefined || i < MAX_INITIAL_RUNS) {
        const set = setOfMemory(this.#start, run.gpa);
        const kind = set === undefined ? 'initial-memory' : 'set';
        edge = explainer.begin({ kind, what: set ?? name, ...texts }, this.#at);
      }
      for (let k = 0; k < run.a.length; k++) differing.memory.set(run.gpa + k, edge);
    }
  }

  #registerCause(name: string): Pick<Cause, 'kind' | 'what'> {
    const set = setOfRegister(this.#start, name);
    return set === undefined
      ? { kind: 'initial-register', what: name }
      : { kind: 'set', what: set };
  }

  /** Before the first steps that are compared. */
  get #at(): { readonly stepA: number; readonly stepB: number } {
    return { stepA: this.#start.stepA - 1, stepB: this.#start.stepB - 1 };
  }
}
