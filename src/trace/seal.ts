/**
 * How a trace tells that nothing wrote to it since kvmtrace did. SQLite counts the transactions that
 * changed a file in its header; `meta` says what that count was when kvmtrace was done. Where the two
 * are not the same, hashes and derived tables may be of other rows, and are not believed. This
 * finds what was altered by chance or with sqlite3; it proves nothing against an adversary.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type { Database } from 'better-sqlite3';

/** https://www.sqlite.org/fileformat.html, "File change counter" */
const CHANGE_COUNTER_OFFSET = 24;

/** `meta` key of the count at which the event stream was whole. */
export const SEAL_KEY = 'change_counter';
/** `meta` key of the count at which the derived tables were made. */
export const DERIVED_SEAL_KEY = 'derived_change_counter';

/** How often the SQLite file was changed. */
export function changeCounter(file: string): number {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(4);
    readSync(descriptor, bytes, 0, bytes.length, CHANGE_COUNTER_OFFSET);
    return bytes.readUInt32BE(0);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether the file is as it was when `key` was set. */
export function isSealed(
  file: string,
  meta: ReadonlyMap<string, unknown>,
  key: typeof SEAL_KEY | typeof DERIVED_SEAL_KEY,
): boolean {
  const stated = meta.get(key);
  return stated !== undefined && Number(stated) === changeCounter(file);
}

/** The last thing that kvmtrace writes: `write`, and that nothing came after it. */
export function sealFile(
  database: Database,
  keys: readonly string[],
  write: () => void = () => undefined,
): void {
  // Nobody else writes: the transaction raises the count by one.
  const count = changeCounter(database.name) + 1;
  database
    .transaction(() => {
      write();
      const set = database.prepare('INSERT OR REPLACE INTO main.meta (key, value) VALUES (?, ?)');
      for (const key of keys) set.run(key, BigInt(count));
    })
    .immediate();
}
