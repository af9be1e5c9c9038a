/** YAML of manifests, as plain values. */
import { LineCounter, parseDocument } from 'yaml';
import { inputError } from '../base/errors.js';

/**
 * YAML 1.2 (core schema, so `yes` is text and `0x10` a number). Integers beyond 2^53 come as decimal
 * text, as they do in JSON output.
 *
 * @throws KvmtraceError (exit code 2) with the line for what is not YAML
 */
export function parseYaml(text: string, path: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { intAsBigInt: true, lineCounter, prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const { line } = lineCounter.linePos(problem.pos[0]);
    throw inputError(`${path} line ${line} is not YAML: ${sentence(problem.message)}`, problem);
  }
  try {
    return document.toJS({ reviver: (_, value) => plain(value) }) as unknown;
  } catch (error) {
    // Aliases that multiply (CVE-2019-11253 and its like).
    throw inputError(`${path} is not YAML: ${sentence((error as Error).message)}`, error);
  }
}

function plain(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function sentence(message: string): string {
  return `${message.trim().replace(/\.$/, '')}.`;
}
