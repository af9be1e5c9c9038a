import { readdirSync, readFileSync } from 'node:fs';
import { packageRoot } from '../package-root.js';

/** 'kvmt', in the SQLite header of every trace (PRAGMA application_id). */
export const APPLICATION_ID = 0x6b766d74;
/** PRAGMA user_version and meta.format_version of the traces that this version writes. */
export const FORMAT_VERSION = 1;

/** The SQL that makes an empty trace: the numbered files of schema/, in order. */
export function schemaSql(): string {
  const directory = new URL('schema/', packageRoot);
  return readdirSync(directory)
    .filter((name) => /^\d{4}_.*\.sql$/.test(name))
    .sort()
    .map((name) => readFileSync(new URL(name, directory), 'utf8'))
    .join('\n');
}
