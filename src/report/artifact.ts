/** Files as code hosts know them: by their path in the repository. */
import { relative, resolve } from 'node:path';

/**
 * A path relative to the root of the repository: GitHub names that in GITHUB_WORKSPACE; elsewhere it
 * is taken to be the working directory.
 */
export function artifactPath(path: string): string {
  const root = process.env['GITHUB_WORKSPACE'] ?? process.cwd();
  return relative(root, resolve(path)).replaceAll('\\', '/');
}
