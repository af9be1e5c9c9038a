import { readdirSync, readFileSync } from 'node:fs';
import { packageRoot } from '../../base/package-root.js';

/** 'kvmt', in the SQLite header of every trace (PRAGMA application_id). */
export const APPLICATION_ID = 0x6b766d74;
/** PRAGMA user_version and meta.format_version of the traces that this version writes. */
export const FORMAT_VERSION = 1;
/**
 * Steps that one row of `digest` covers; the first row, step -1, covers the initial registers, and
 * the next one of a fork fewer, so that its rows end where those of its parent do.
 */
export const DIGEST_STEPS = 1024;

const DERIVED = /_derived\.sql$/;
const SOURCE = /_source\.sql$/;

/** The SQL of what every trace has: the numbered files of schema/, in order. */
export function schemaSql(): string {
  return readSchema((name) => !DERIVED.test(name) && !SOURCE.test(name));
}

/** The SQL that makes the tables of `kvmtrace index`, which a trace may be without. */
export function derivedSchemaSql(): string {
  return readSchema((name) => DERIVED.test(name));
}

/** The SQL that makes the tables of source lines, which traces of before them are without. */
export function sourceSchemaSql(): string {
  return readSchema((name) => SOURCE.test(name));
}

function readSchema(admits: (name: string) => boolean): string {
  const directory = new URL('schema/', packageRoot);
  return readdirSync(directory)
    .filter((name) => /^\d{4}_.*\.sql$/.test(name) && admits(name))
    .sort()
    .map((name) => readFileSync(new URL(name, directory), 'utf8'))
    .join('\n');
}
