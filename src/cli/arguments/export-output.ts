/** Where an export goes. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { inputError } from '../../base/errors.js';
import { single } from './numbers.js';
import { isSameFile } from './same-file.js';

interface Format {
  readonly name: string;
  readonly extension: string;
  readonly directory: boolean;
}

/**
 * The path of the output; undefined for standard output.
 *
 * @param given `-o`, or undefined for a name made of the trace's
 * @throws KvmtraceError (exit code 2) for one that is the trace, or is there and `force` is false
 */
export function exportOutput(
  trace: string,
  given: string | undefined,
  { name, extension, directory }: Format,
  force: boolean,
): string | undefined {
  const output =
    given === undefined
      ? `${basename(trace, extname(trace))}.${extension}`
      : single(given, '--output');
  if (output === '-') {
    if (directory) throw inputError(`${name} has a file for each table: give a directory with -o.`);
    if (process.stdout.isTTY && name in BINARY) {
      throw inputError(`${name} is binary, not for a terminal: give a path with -o, or a pipe.`);
    }
    return undefined;
  }
  if (isSameFile(trace, output)) {
    throw inputError(`the output ${output} is the trace itself: give another path with -o.`);
  }
  if (!existsSync(output)) return output;
  const found = statSync(output);
  if (found.isDirectory() !== directory && (found.isFile() || found.isDirectory())) {
    const [is, wanted] = directory ? ['a file', 'a directory'] : ['a directory', 'a file'];
    throw inputError(`the output ${output} is ${is}: give the path of ${wanted} with -o.`);
  }
  const taken = directory ? readdirSync(output).length > 0 : found.isFile();
  if (taken && !force) {
    throw inputError(
      `the output ${output} exists already: give another path with -o, or --force to replace it.`,
    );
  }
  return output;
}

const BINARY: Readonly<Record<string, true>> = { drcov: true, perfetto: true };
