import { readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { inputError } from '../errors.js';

const EXTENSIONS = ['.json', '.yaml', '.yml'];

/** The manifests below a directory, in order of name; or the one file that is given. */
export function findManifests(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw inputError(`there is no suite ${path}: check the name.`);
  if (stat.isFile()) return [path];
  const found = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => EXTENSIONS.includes(extname(name)))
    .sort()
    .map((name) => join(path, name));
  if (found.length === 0) {
    throw inputError(
      `${path} has no manifests (.json, .yaml): docs/ci.md tells what one looks like.`,
    );
  }
  return found;
}
