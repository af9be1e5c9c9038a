/** The built page: the files of dist/web, which scripts/build-page.mjs makes of web/. */
import { readFileSync } from 'node:fs';
import { inputError } from '../base/errors.js';
import { packageRoot } from '../base/package-root.js';

/** A file as it is served. */
export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

const FOLDER = new URL('dist/web/', packageRoot);
const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;
/** A file of the page. */
export type AssetName = keyof typeof TYPES;

/**
 * All of them, by name. They are few and small: read once.
 *
 * @throws KvmtraceError (exit code 2) where the page has not been built
 */
export function readAssets(): ReadonlyMap<string, Asset> {
  const names = Object.keys(TYPES) as AssetName[];
  return new Map(names.map((name) => [name, { type: TYPES[name], body: readAsset(name) }]));
}

/** @throws KvmtraceError (exit code 2) where the page has not been built */
export function readAsset(name: AssetName): Buffer {
  try {
    return readFileSync(new URL(name, FOLDER));
  } catch (error) {
    throw inputError(`the page has not been built: run npm run build.`, error);
  }
}
