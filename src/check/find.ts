import { readdirSync, realpathSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { inputError } from '../base/errors.js';

const EXTENSIONS = ['.json', '.yaml', '.yml'];
/** What a package manager brings along is not ours to run. */
const SKIPPED = new Set(['node_modules']);

/**
 * The manifests below a directory, in order of name; or the one file that is given. Links are
 * followed, and what begins with a dot is left alone.
 */
export function findManifests(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw inputError(`there is no suite ${path}: check the name.`);
  if (!stat.isDirectory()) return [path];
  const found = [...manifestsIn(path, new Set())].sort();
  if (found.length === 0) {
    throw inputError(
      `${path} has no manifests (.json, .yaml): docs/ci.md tells what one looks like.`,
    );
  }
  return found;
}

/** @param seen directories by their real paths: links can lead in circles */
function* manifestsIn(directory: string, seen: Set<string>): Generator<string> {
  const real = realpathSync(directory);
  if (seen.has(real)) return;
  seen.add(real);
  for (const name of readdirSync(directory)) {
    if (name.startsWith('.') || SKIPPED.has(name)) continue;
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) yield* manifestsIn(path, seen);
    // Opening a FIFO would wait for its writer.
    else if (stat?.isFile() === true && EXTENSIONS.includes(extname(name))) yield path;
  }
}
