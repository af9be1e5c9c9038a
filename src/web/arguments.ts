/** Arguments of questions: JSON that came over the network, taken apart with checks. */
import { inputError } from '../base/errors.js';
import { parseInteger } from '../query/places/numbers.js';

/** The arguments of one question, by name. */
export class Arguments {
  readonly #values: Readonly<Record<string, unknown>>;

  /** @throws KvmtraceError (exit code 2) for what is no object */
  constructor(value: unknown) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw inputError('the arguments of a question are a JSON object.');
    }
    this.#values = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined && this.#values[name] !== null;
  }

  /** An integer of a range, both ends included. */
  integer(name: string, least: number, most: number): number {
    const value = this.#values[name];
    if (typeof value === 'number' && Number.isSafeInteger(value)) {
      if (value >= least && value <= most) return value;
      throw inputError(`${name} is ${value}: it has to be from ${least} to ${most}.`);
    }
    throw this.#wrong(name, 'an integer');
  }

  text(name: string, most: number): string {
    const value = this.#values[name];
    if (typeof value !== 'string') throw this.#wrong(name, 'text');
    if (value.length <= most) return value;
    throw inputError(`${name} has ${value.length} characters: ${most} are taken.`);
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#values[name];
    const found = choices.find((each) => each === value);
    if (found !== undefined) return found;
    throw this.#wrong(name, `one of ${choices.join(', ')}`);
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** A linear address, as `0x…`: JSON's numbers would lose bits of it. */
  address(name: string): bigint {
    const value = parseInteger(this.text(name, 20));
    if (value !== undefined && value >= 0n && value < 1n << 64n) return value;
    throw this.#wrong(name, 'an address of 64 bits, as 0x1000');
  }

  #wrong(name: string, wanted: string): Error {
    const value = JSON.stringify(this.#values[name]) as string | undefined;
    return inputError(`${name} is ${value ?? 'missing'}: it has to be ${wanted}.`);
  }
}
