import { existsSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { inputError } from '../../base/errors.js';
import { SNAPSHOT_COLUMNS, type SnapshotBlobs } from '../format/events.js';
import { isSqliteError, openDatabase } from '../sqlite.js';
import type { TraceHeader } from '../write/header.js';
import { FAST_APPLICATION_ID, FAST_VERSION, type FastEntry } from './entry.js';
import { parseHeader } from './header-json.js';

/** Entries that are read at once. */
const ENTRIES_READ = 1024;

/** Where a stretch begins. */
export interface Stretch {
  readonly id: number;
  /** The entry before which it begins. */
  readonly entry: number;
  readonly blobs: SnapshotBlobs;
}

interface StretchRow extends Record<(typeof SNAPSHOT_COLUMNS)[number], Buffer> {
  readonly id: number;
  readonly entry: number;
}

/** The log of a guest that ran unstepped, for reading. */
export class FastLog implements Disposable {
  readonly path: string;
  readonly header: TraceHeader;
  readonly meta: ReadonlyMap<string, string | number>;
  readonly #database: Database;

  private constructor(path: string, database: Database) {
    this.path = path;
    this.#database = database;
    const { json, port_input } = database.prepare('SELECT json, port_input FROM header').get() as {
      json: string;
      port_input: Buffer;
    };
    this.header = parseHeader(json, port_input);
    const rows = database.prepare('SELECT key, value FROM meta').all() as {
      key: string;
      value: string | number;
    }[];
    this.meta = new Map(rows.map(({ key, value }) => [key, value]));
  }

  /** Throws a KvmtraceError (2) for what is no such log. */
  static open(path: string): FastLog {
    if (!existsSync(path)) throw inputError(`${path} does not exist: give a log of record --fast.`);
    try {
      const database = openDatabase(path, { readonly: true });
      if (!isFastLog(database)) {
        database.close();
        throw inputError(`${path} is no log of record --fast: give a file that it wrote.`);
      }
      return new FastLog(path, database);
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      throw inputError(
        `${path} cannot be read as a log of record --fast (${error.message}): give a file that it wrote.`,
        error,
      );
    }
  }

  /** Whether a file is such a log, as far as its header tells. */
  static isOne(path: string): boolean {
    try {
      const database = openDatabase(path, { readonly: true });
      const is = isFastLog(database);
      database.close();
      return is;
    } catch {
      return false;
    }
  }

  /** How many there are. */
  get stretches(): number {
    return Number(this.meta.get('stretches') ?? 0);
  }

  /** Undefined behind the last. */
  stretch(id: number): Stretch | undefined {
    const row = this.#database.prepare('SELECT * FROM stretch WHERE id = ?').get(id) as
      StretchRow | undefined;
    return row && { id: row.id, entry: row.entry, blobs: row };
  }

  /** Memory where a stretch begins: the pages that are not zero, each as it was last. */
  pagesAt(stretch: number): { page: number; data: Buffer }[] {
    return this.#database
      .prepare(
        `SELECT page, data, max(stretch) FROM stretch_page WHERE stretch <= ? GROUP BY page ORDER BY page`,
      )
      .all(stretch) as { page: number; data: Buffer }[];
  }

  /** The pages that were written since the stretch before began. */
  pagesOf(stretch: number): { page: number; data: Buffer }[] {
    return this.#database
      .prepare('SELECT page, data FROM stretch_page WHERE stretch = ? ORDER BY page')
      .all(stretch) as { page: number; data: Buffer }[];
  }

  /** Entries from number `first` on, in order. */
  *entries(first: number): Generator<FastEntry> {
    const query = this.#database.prepare(
      'SELECT kind, address, size, data, registers FROM entry WHERE id >= ? ORDER BY id LIMIT ?',
    );
    for (let at = first; ; at += ENTRIES_READ) {
      const rows = query.all(at, ENTRIES_READ) as Record<string, unknown>[];
      for (const { kind, address, size, data, registers } of rows) {
        yield {
          kind: kind as FastEntry['kind'],
          address: address as number,
          size: size as number,
          data: (data as Buffer | null) ?? undefined,
          registers: (registers as Buffer | null) ?? undefined,
        };
      }
      if (rows.length < ENTRIES_READ) return;
    }
  }

  close(): void {
    this.#database.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function isFastLog(database: Database): boolean {
  return (
    database.pragma('application_id', { simple: true }) === FAST_APPLICATION_ID &&
    database.pragma('user_version', { simple: true }) === FAST_VERSION
  );
}
