import { existsSync, statSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { inputError } from '../../base/errors.js';

/**
 * Where `pack` writes without `-o`: the name of the file in the current directory, with the other
 * extension.
 */
export function defaultOutput(path: string, unpack: boolean): string {
  return `${basename(path, extname(path))}.${unpack ? 'db' : 'trace'}`;
}

/** Throws for an output that is the input, a directory, or there already. */
export function checkPackOutput(path: string, output: string, force: boolean): void {
  if (resolve(path) === resolve(output)) {
    throw inputError(`the output ${output} is the trace itself: give another path with -o.`);
  }
  if (!existsSync(output)) return;
  if (statSync(output).isDirectory()) {
    throw inputError(`the output ${output} is a directory: give the path of a file with -o.`);
  }
  if (!force) {
    throw inputError(
      `the output ${output} exists already: give another path, or --force to replace it.`,
    );
  }
}
