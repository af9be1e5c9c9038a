/** The registers of both machines, side by side. Registers are named by their ids in a. */
import { REGISTER_MSR, REGISTER_RFLAGS } from '../../trace/format/registers.js';
import type { Pair } from '../side.js';
import { registersOf, type StepWords } from './effects.js';
import { RegisterFile } from './register-file.js';

/** A register and its values on both sides; undefined where a trace has none. */
export interface RegisterValues {
  readonly name: string;
  readonly a: bigint | undefined;
  readonly b: bigint | undefined;
}

/** The registers of both traces at the steps that are compared. */
export class RegisterPair {
  readonly a: RegisterFile;
  readonly b: RegisterFile;
  /** Ids of b by those of a; the same but for model-specific registers. */
  readonly #idOfB: ReadonlyMap<number, number>;
  readonly #idOfA: ReadonlyMap<number, number>;
  readonly #names: ReadonlyMap<number, string>;
  readonly #sameIds: boolean;

  constructor({ a, b }: Pair, stateA: number, stateB: number) {
    this.a = new RegisterFile(a, stateA);
    this.b = new RegisterFile(b, stateB);
    const listA = a.file.registers.list;
    const ofB = new Map(b.file.registers.list.map(({ id, name }) => [name, id]));
    const both = listA.filter(({ name }) => ofB.has(name));
    this.#idOfB = new Map(both.map(({ id, name }) => [id, ofB.get(name)!]));
    this.#idOfA = new Map(both.map(({ id, name }) => [ofB.get(name)!, id]));
    this.#names = new Map(listA.map(({ id, name }) => [id, name]));
    this.#sameIds = both.every(({ id }) => this.#idOfB.get(id) === id);
  }

  /** Takes the registers of other states, after steps that were skipped. */
  load(stateA: number, stateB: number): void {
    this.a.load(stateA);
    this.b.load(stateB);
  }

  apply(wordsA: StepWords, wordsB: StepWords): void {
    this.a.apply(wordsA);
    this.b.apply(wordsB);
  }

  /** Whether equal words of register changes mean the same registers. */
  namesAlike(words: StepWords): boolean {
    // By id: the last is the largest.
    return this.#sameIds || (registersOf(words).at(-3) ?? 0) < REGISTER_MSR;
  }

  /** The id in a of a register of b; undefined where a does not record it. */
  idInA(idInB: number): number | undefined {
    return this.#idOfA.get(idInB);
  }

  /** Whether both traces record it. */
  isCompared(id: number): boolean {
    return this.#idOfB.has(id);
  }

  /** Ids of all registers whose values differ now. Flags count as a register. */
  differing(): number[] {
    return [...this.#idOfB.keys()].filter((id) => this.differs(id));
  }

  differs(id: number): boolean {
    const idB = this.#idOfB.get(id);
    if (idB === undefined || !this.a.knows(id) || !this.b.knows(idB)) return false;
    return this.a.low(id) !== this.b.low(idB) || this.a.high(id) !== this.b.high(idB);
  }

  flagsDiffering(): number {
    return this.a.low(REGISTER_RFLAGS) ^ this.b.low(REGISTER_RFLAGS);
  }

  nameOf(id: number): string {
    return this.#names.get(id)!;
  }

  values(id: number): RegisterValues {
    const idB = this.#idOfB.get(id)!;
    return {
      name: this.nameOf(id),
      a: this.a.knows(id) ? this.a.value(id) : undefined,
      b: this.b.knows(idB) ? this.b.value(idB) : undefined,
    };
  }
}
