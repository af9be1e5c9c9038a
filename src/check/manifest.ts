/** What a case of a suite is: a guest, how to record it, and what may differ. */
import { readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { inputError, KvmtraceError } from '../errors.js';
import { parsePercent, type GateOptions } from '../diff/gate.js';
import { parseIgnoreRules, type IgnoreRules } from '../diff/ignore.js';
import { parseYaml } from './yaml.js';

/**
 * `exact`: every step is the same. `output`: what the guest writes to ports and MMIO is the same.
 * `none`: limits and assertions alone count.
 */
const COMPARISONS = ['exact', 'output', 'none'] as const;
export type Comparison = (typeof COMPARISONS)[number];

export interface Manifest {
  readonly path: string;
  /** Its file name without the extension. */
  readonly name: string;
  readonly description: string | undefined;
  /** Path of the guest. */
  readonly guest: string;
  /** Options of `kvmtrace record` by their names, values as on its command line. */
  readonly options: ReadonlyMap<string, string>;
  /** What the guest reads from COM1. */
  readonly input: Uint8Array | undefined;
  /** Path of the golden trace. */
  readonly golden: string;
  readonly compare: Comparison;
  readonly rules: IgnoreRules;
  readonly gates: GateOptions;
  /** SQL: every row that it returns is a failure, told by its first column. */
  readonly assertions: readonly string[];
}

/** Those that change what is recorded; where and how to record is not the manifest's business. */
const RECORD_OPTIONS = [
  'format',
  'mode',
  'load',
  'entry',
  'memory',
  'max-steps',
  'no-fpu',
  'snapshot-every',
];
const KEYS = [
  'description',
  'guest',
  'options',
  'input',
  'golden',
  'compare',
  'allow',
  'assertions',
];
const ALLOWANCES = [
  ...['registers', 'memory', 'ports', 'inputs', 'undefined_flags'],
  ...['max_steps_increase', 'functions'],
];

type Fields = Readonly<Record<string, unknown>>;

export function readManifest(path: string): Manifest {
  const reader = new ManifestReader(path);
  try {
    return reader.read();
  } catch (error) {
    if (!(error instanceof KvmtraceError) || error.message.startsWith(path)) throw error;
    throw inputError(`${path}: ${error.message}`, error);
  }
}

class ManifestReader {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  read(): Manifest {
    const directory = dirname(this.#path);
    const fields = this.#object(this.#parse(), 'the manifest', KEYS);
    const name = basename(this.#path, extname(this.#path));
    const allow = this.#object(fields['allow'] ?? {}, 'allow', ALLOWANCES);
    const guest = this.#string(fields['guest'], 'guest');
    const golden = this.#optionalString(fields['golden'], 'golden') ?? `${name}.trace`;
    return {
      ...{ path: this.#path, name },
      description: this.#optionalString(fields['description'], 'description'),
      guest: join(directory, guest),
      options: this.#options(fields['options'] ?? {}),
      input: this.#input(fields['input'], directory),
      golden: join(directory, golden),
      compare: this.#comparison(fields['compare'] ?? 'exact'),
      rules: this.#rules(allow),
      gates: this.#gates(allow),
      assertions: this.#strings(fields['assertions'], 'assertions'),
    };
  }

  #parse(): unknown {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      throw inputError(
        `${this.#path} cannot be read (${(error as NodeJS.ErrnoException).code ?? ''}): check it.`,
        error,
      );
    }
    if (extname(this.#path) !== '.json') return parseYaml(text, this.#path);
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw inputError(`${this.#path} is not JSON: ${(error as Error).message}.`, error);
    }
  }

  #options(value: unknown): Map<string, string> {
    const options = this.#object(value, 'options', RECORD_OPTIONS);
    return new Map(
      Object.entries(options).flatMap(([key, each]): [string, string][] => {
        if (key === 'no-fpu') return each === true ? [[key, '']] : [];
        if (typeof each === 'string' || typeof each === 'number') return [[key, String(each)]];
        throw this.#wrong(`options.${key}`, 'text or a number', each);
      }),
    );
  }

  #input(value: unknown, directory: string): Uint8Array | undefined {
    if (value === undefined) return undefined;
    if (typeof value === 'string') return Buffer.from(value, 'utf8');
    const { file, hex } = this.#object(value, 'input', ['file', 'hex']);
    if (typeof hex === 'string' && /^(?:[0-9a-f]{2}|\s)*$/i.test(hex)) {
      return Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
    }
    if (typeof file !== 'string')
      throw this.#wrong('input', 'text, {"file": …} or {"hex": …}', value);
    try {
      return readFileSync(join(directory, file));
    } catch (error) {
      throw inputError(
        `input.file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? ''}): check it.`,
        error,
      );
    }
  }

  #comparison(value: unknown): Comparison {
    const found = COMPARISONS.find((each) => each === value);
    if (found === undefined) throw this.#wrong('compare', COMPARISONS.join(', '), value);
    return found;
  }

  #rules(allow: Fields): IgnoreRules {
    const flags = allow['undefined_flags'];
    return parseIgnoreRules({
      registers: this.#strings(allow['registers'], 'allow.registers'),
      memory: this.#strings(allow['memory'], 'allow.memory'),
      ports: this.#strings(allow['ports'], 'allow.ports'),
      inputs: this.#strings(allow['inputs'], 'allow.inputs'),
      ...(typeof flags === 'boolean' ? { undefinedFlags: flags } : {}),
    });
  }

  #gates(allow: Fields): GateOptions {
    const steps = allow['max_steps_increase'];
    const functions = this.#object(allow['functions'] ?? {}, 'allow.functions');
    return {
      steps: steps === undefined ? undefined : this.#percent(steps, 'allow.max_steps_increase'),
      functions: new Map(
        Object.entries(functions).map(([name, limit]) => [
          name,
          this.#percent(limit, `allow.functions.${name}`),
        ]),
      ),
    };
  }

  #percent(value: unknown, name: string): number {
    if (typeof value === 'number') return value;
    if (typeof value === 'string') return parsePercent(value, name);
    throw this.#wrong(name, 'a percentage such as "2%"', value);
  }

  /** @param keys what there may be; anything, if left out */
  #object(value: unknown, name: string, keys?: readonly string[]): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.#wrong(name, 'an object', value);
    }
    const unknown = Object.keys(value).find((key) => keys?.includes(key) === false);
    if (unknown !== undefined) {
      throw inputError(
        `${this.#path}: ${name} has no ${unknown}: it may have ${keys!.join(', ')}.`,
      );
    }
    return value as Fields;
  }

  #string(value: unknown, name: string): string {
    if (typeof value === 'string' && value !== '') return value;
    throw this.#wrong(name, 'text', value);
  }

  #optionalString(value: unknown, name: string): string | undefined {
    return value === undefined ? undefined : this.#string(value, name);
  }

  /** A list, or one alone. */
  #strings(value: unknown, name: string): string[] {
    if (value === undefined) return [];
    const list: unknown[] = Array.isArray(value) ? (value as unknown[]) : [value];
    return list.map((each) => {
      if (typeof each === 'number') return String(each);
      return this.#string(each, name);
    });
  }

  #wrong(name: string, expected: string, found: unknown): Error {
    return inputError(
      `${this.#path}: ${name} is ${found === undefined ? 'missing' : JSON.stringify(found)}, and should be ${expected}.`,
    );
  }
}
