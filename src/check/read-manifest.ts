/** Reads manifests. Whatever is not as docs/ci.md says is refused, never ignored. */
import { readFileSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { inputError, KvmtraceError } from '../base/errors.js';
import { parsePercent, type GateOptions } from '../diff/gate.js';
import { parseIgnoreRules, type IgnoreRules } from '../diff/ignore.js';
import { COMPARISONS, type Comparison, type Manifest } from './manifest.js';
import { object, oneOf, checker } from './schema.js';
import { parseYaml } from './yaml.js';

const TEXT = { type: 'string', minLength: 1, description: 'text' };
const NUMBER_OR_TEXT = {
  type: ['string', 'number'],
  minLength: 1,
  description: 'text or a number',
};
const BOOLEAN = { type: 'boolean', description: 'true or false' };
const TEXTS = {
  description: 'text or a number, or a list of these',
  anyOf: [NUMBER_OR_TEXT, { type: 'array', items: NUMBER_OR_TEXT }],
};
const HEX = {
  type: 'string',
  pattern: '^(?:[0-9a-fA-F]{2}|\\s)*$',
  description: 'bytes such as "00 ff"',
};

type OneOrMore = string | number | readonly (string | number)[];

/** A manifest as it stands in its file. */
interface ManifestDocument {
  readonly description?: string;
  readonly guest: string;
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  readonly input?: string | { readonly file?: string; readonly hex?: string };
  readonly golden?: string;
  readonly compare?: Comparison;
  readonly allow?: {
    readonly registers?: OneOrMore;
    readonly memory?: OneOrMore;
    readonly ports?: OneOrMore;
    readonly inputs?: OneOrMore;
    readonly undefined_flags?: boolean;
    readonly max_steps_increase?: string | number;
    readonly functions?: Readonly<Record<string, string | number>>;
  };
  readonly assertions?: OneOrMore;
  readonly timeout?: number;
}

const check = checker(
  'the manifest',
  object(
    {
      description: TEXT,
      guest: TEXT,
      // Those that change what is recorded; where and how to record is not the manifest's business.
      options: object({
        ...{ format: NUMBER_OR_TEXT, mode: NUMBER_OR_TEXT, load: NUMBER_OR_TEXT },
        ...{ entry: NUMBER_OR_TEXT, memory: NUMBER_OR_TEXT, 'max-steps': NUMBER_OR_TEXT },
        ...{ 'no-fpu': BOOLEAN, 'snapshot-every': NUMBER_OR_TEXT },
      }),
      input: {
        description: 'text, {"file": …} or {"hex": …}',
        anyOf: [
          { type: 'string' },
          object({ file: TEXT }, ['file']),
          object({ hex: HEX }, ['hex']),
        ],
      },
      golden: TEXT,
      compare: oneOf(COMPARISONS),
      allow: object({
        ...{ registers: TEXTS, memory: TEXTS, ports: TEXTS, inputs: TEXTS },
        undefined_flags: BOOLEAN,
        max_steps_increase: NUMBER_OR_TEXT,
        functions: {
          type: 'object',
          description: 'an object',
          additionalProperties: NUMBER_OR_TEXT,
        },
      }),
      assertions: TEXTS,
      timeout: { type: 'number', exclusiveMinimum: 0, description: 'a number above 0' },
    },
    ['guest'],
  ),
);

/** How long a case may take, in seconds, where its manifest does not say. */
export const DEFAULT_TIMEOUT_SECONDS = 300;

/**
 * @param name of the case
 * @throws KvmtraceError (exit code 2) that begins with the path
 */
export function readManifest(path: string, name = nameOf(path)): Manifest {
  return decodeManifest(path, name, parseManifest(path));
}

/** What the file holds, whatever that is. */
export function parseManifest(path: string): unknown {
  const text = readText(path);
  if (extname(path) !== '.json') return parseYaml(text, path);
  try {
    // Editors on Windows begin files with a byte order mark.
    return JSON.parse(text.replace(/^\ufeff/, '')) as unknown;
  } catch (error) {
    throw inputError(`${path} is not JSON: ${(error as Error).message}.`, error);
  }
}

/** Other files may lie in a suite, and JSON or YAML too: those without a guest are no manifests. */
export function namesGuest(document: unknown): boolean {
  return typeof document === 'object' && document !== null && 'guest' in document;
}

/** @throws KvmtraceError (exit code 2) that begins with the path */
export function decodeManifest(path: string, name: string, document: unknown): Manifest {
  try {
    return decode(path, name, document);
  } catch (error) {
    if (!(error instanceof KvmtraceError) || error.message.startsWith(path)) throw error;
    throw inputError(`${path}: ${error.message}`, error);
  }
}

function nameOf(path: string): string {
  return basename(path, extname(path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw inputError(`${path} cannot be read (${code}): check it.`, error);
  }
}

function decode(path: string, name: string, document: unknown): Manifest {
  check(document);
  const manifest = document as ManifestDocument;
  const directory = dirname(path);
  const { allow = {} } = manifest;
  return {
    ...{ path, name, directory },
    description: manifest.description,
    guest: manifest.guest,
    options: recordOptions(manifest.options ?? {}),
    input: inputBytes(manifest.input, directory),
    golden: resolve(directory, manifest.golden ?? `${nameOf(path)}.trace`),
    compare: manifest.compare ?? 'exact',
    rules: ignoreRules(allow),
    gates: gateOptions(allow),
    assertions: texts(manifest.assertions),
    timeoutSeconds: manifest.timeout ?? DEFAULT_TIMEOUT_SECONDS,
  };
}

function texts(value: OneOrMore = []): string[] {
  return [value].flat().map(String);
}

function recordOptions(options: NonNullable<ManifestDocument['options']>): Map<string, string> {
  return new Map(
    Object.entries(options)
      .filter(([, value]) => value !== false)
      .map(([key, value]) => [key, value === true ? '' : String(value)]),
  );
}

function inputBytes(input: ManifestDocument['input'], directory: string): Uint8Array | undefined {
  if (input === undefined) return undefined;
  if (typeof input === 'string') return Buffer.from(input, 'utf8');
  if (input.hex !== undefined) return Buffer.from(input.hex.replaceAll(/\s/g, ''), 'hex');
  const path = input.file!;
  try {
    return readFileSync(resolve(directory, path));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw inputError(`input.file ${path} cannot be read (${code}): check it.`, error);
  }
}

type Allowances = NonNullable<ManifestDocument['allow']>;

function ignoreRules(allow: Allowances): IgnoreRules {
  const { undefined_flags: undefinedFlags } = allow;
  return parseIgnoreRules({
    registers: texts(allow.registers),
    memory: texts(allow.memory),
    ports: texts(allow.ports),
    inputs: texts(allow.inputs),
    ...(undefinedFlags === undefined ? {} : { undefinedFlags }),
  });
}

function gateOptions({ max_steps_increase: steps, functions = {} }: Allowances): GateOptions {
  const percent = (value: string | number, name: string): number =>
    parsePercent(String(value), name);
  return {
    steps: steps === undefined ? undefined : percent(steps, 'allow.max_steps_increase'),
    functions: new Map(
      Object.entries(functions).map(([name, limit]) => [
        name,
        percent(limit, `allow.functions.${name}`),
      ]),
    ),
  };
}
