/** Reads manifests. Whatever is not as docs/ci.md says is refused, never ignored. */
import { readFileSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { inputError, KvmtraceError } from '../base/errors.js';
import { parsePercent, type GateOptions } from '../diff/gate.js';
import { parseIgnoreRules, type IgnoreRules } from '../diff/ignore.js';
import { ManifestFields, type Fields } from './manifest-fields.js';
import { COMPARISONS, type Manifest } from './manifest.js';
import { parseYaml } from './yaml.js';

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
  'timeout',
];
const ALLOWANCES = [
  ...['registers', 'memory', 'ports', 'inputs', 'undefined_flags'],
  ...['max_steps_increase', 'functions'],
];

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
  const read = new ManifestFields();
  const directory = dirname(path);
  const fields = read.object(document, 'the manifest', KEYS);
  const allow = read.object(fields['allow'] ?? {}, 'allow', ALLOWANCES);
  const golden = read.optionalText(fields['golden'], 'golden') ?? `${nameOf(path)}.trace`;
  return {
    ...{ path, name, directory },
    description: read.optionalText(fields['description'], 'description'),
    guest: read.text(fields['guest'], 'guest'),
    options: recordOptions(read, fields['options'] ?? {}),
    input: inputBytes(read, fields['input'], directory),
    golden: resolve(directory, golden),
    compare: read.oneOf(fields['compare'] ?? 'exact', 'compare', COMPARISONS),
    rules: ignoreRules(read, allow),
    gates: gateOptions(read, allow),
    assertions: read.texts(fields['assertions'], 'assertions'),
    timeoutSeconds: read.positive(fields['timeout'] ?? DEFAULT_TIMEOUT_SECONDS, 'timeout'),
  };
}

function recordOptions(read: ManifestFields, value: unknown): Map<string, string> {
  const options = read.object(value, 'options', RECORD_OPTIONS);
  return new Map(
    Object.entries(options).flatMap(([key, each]): [string, string][] => {
      if (key !== 'no-fpu') return [[key, read.numberOrText(each, `options.${key}`)]];
      return read.boolean(each, 'options.no-fpu') ? [[key, '']] : [];
    }),
  );
}

function inputBytes(
  read: ManifestFields,
  value: unknown,
  directory: string,
): Uint8Array | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  const { file, hex } = read.object(value, 'input', ['file', 'hex']);
  if ((file === undefined) === (hex === undefined)) {
    throw read.wrong('input', 'text, {"file": …} or {"hex": …}', value);
  }
  if (hex !== undefined) return read.hex(hex, 'input.hex');
  const path = read.text(file, 'input.file');
  try {
    return readFileSync(resolve(directory, path));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw inputError(`input.file ${path} cannot be read (${code}): check it.`, error);
  }
}

function ignoreRules(read: ManifestFields, allow: Fields): IgnoreRules {
  const flags = allow['undefined_flags'];
  return parseIgnoreRules({
    registers: read.texts(allow['registers'], 'allow.registers'),
    memory: read.texts(allow['memory'], 'allow.memory'),
    ports: read.texts(allow['ports'], 'allow.ports'),
    inputs: read.texts(allow['inputs'], 'allow.inputs'),
    ...(flags === undefined
      ? {}
      : { undefinedFlags: read.boolean(flags, 'allow.undefined_flags') }),
  });
}

function gateOptions(read: ManifestFields, allow: Fields): GateOptions {
  const percent = (value: unknown, name: string): number =>
    parsePercent(read.numberOrText(value, name), name);
  const steps = allow['max_steps_increase'];
  const functions = read.object(allow['functions'] ?? {}, 'allow.functions');
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
