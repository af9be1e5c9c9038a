/** Values of a manifest by their types; each error names the field and what belongs there. */
import { inputError, type KvmtraceError } from '../base/errors.js';

/** A JSON object whose values have not been looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** Checks values of one manifest; what does not fit is a KvmtraceError (2) that names the field. */
export class ManifestFields {
  /** @param keys what there may be; anything, if left out */
  object(value: unknown, name: string, keys?: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.wrong(name, 'an object', value);
    }
    const unknown = Object.keys(value).find((key) => keys?.includes(key) === false);
    if (unknown !== undefined) {
      throw inputError(`${name} has no ${unknown}: it may have ${keys!.join(', ')}.`);
    }
    return value as Fields;
  }

  text(value: unknown, name: string): string {
    if (typeof value === 'string' && value !== '') return value;
    throw this.wrong(name, 'text', value);
  }

  optionalText(value: unknown, name: string): string | undefined {
    return value === undefined ? undefined : this.text(value, name);
  }

  numberOrText(value: unknown, name: string): string {
    if (typeof value === 'number') return String(value);
    if (typeof value === 'string' && value !== '') return value;
    throw this.wrong(name, 'text or a number', value);
  }

  /** A list, or one alone. */
  texts(value: unknown, name: string): string[] {
    if (value === undefined) return [];
    const list: unknown[] = Array.isArray(value) ? (value as unknown[]) : [value];
    return list.map((each) => this.numberOrText(each, name));
  }

  boolean(value: unknown, name: string): boolean {
    if (typeof value === 'boolean') return value;
    throw this.wrong(name, 'true or false', value);
  }

  positive(value: unknown, name: string): number {
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    throw this.wrong(name, 'a number above 0', value);
  }

  hex(value: unknown, name: string): Uint8Array {
    if (typeof value === 'string' && /^(?:[0-9a-f]{2}|\s)*$/i.test(value)) {
      return Buffer.from(value.replaceAll(/\s/g, ''), 'hex');
    }
    throw this.wrong(name, 'bytes such as "00 ff"', value);
  }

  oneOf<T extends string>(value: unknown, name: string, choices: readonly T[]): T {
    const found = choices.find((each) => each === value);
    if (found === undefined) throw this.wrong(name, choices.join(', '), value);
    return found;
  }

  wrong(name: string, expected: string, found: unknown): KvmtraceError {
    const shown = found === undefined ? 'missing' : JSON.stringify(found);
    return inputError(`${name} is ${shown}, and should be ${expected}.`);
  }
}
