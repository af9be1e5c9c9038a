import { readFileSync } from 'node:fs';
import type { Database, Statement } from 'better-sqlite3';
import { packageRoot } from '../../base/package-root.js';
import { SNAPSHOT_COLUMNS, type SnapshotBlobs } from '../format/events.js';
import { openDatabase } from '../sqlite.js';
import type { TraceHeader } from '../write/header.js';
import { FAST_APPLICATION_ID, FAST_VERSION, type FastEntry } from './entry.js';
import { headerJson } from './header-json.js';

/** Writes the log of a guest that runs unstepped. What is written since the last stretch began is lost with the process. */
export class FastLogWriter {
  /** Entries so far: the number of the next. */
  entries = 0;
  /** Stretches so far. */
  stretches = 0;
  readonly #database: Database;
  readonly #entry: Statement;
  readonly #stretch: Statement;
  readonly #page: Statement;
  readonly #meta: Statement;
  readonly #registers: Statement;

  /** @throws what SQLite throws where the file cannot be made */
  constructor(header: TraceHeader) {
    const database = openDatabase(header.path);
    this.#database = database;
    database.pragma('journal_mode = TRUNCATE');
    database.pragma('synchronous = OFF');
    database.pragma(`application_id = ${FAST_APPLICATION_ID}`);
    database.pragma(`user_version = ${FAST_VERSION}`);
    database.exec(readFileSync(new URL('schema/fast.sql', packageRoot), 'utf8'));
    const places = SNAPSHOT_COLUMNS.map(() => '?').join(',');
    this.#entry = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)');
    this.#registers = database.prepare('UPDATE entry SET registers = ? WHERE id = ?');
    this.#stretch = database.prepare(`INSERT INTO stretch VALUES (?, ?, ${places})`);
    this.#page = database.prepare('INSERT INTO stretch_page VALUES (?, ?, ?)');
    this.#meta = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)');
    database.exec('BEGIN');
    database
      .prepare('INSERT INTO header VALUES (?, ?)')
      .run(headerJson(header), Buffer.from(header.portInput ?? []));
    this.setMeta({ ...header.meta, complete: 0, stop_reason: 'incomplete' });
    this.#commit();
  }

  add({ kind, address, size, data, registers }: FastEntry): void {
    this.#entry.run(this.entries++, kind, address, size, bufferOf(data), bufferOf(registers));
  }

  /** The last entry was the last of its instruction: what the registers are after that. */
  endInstruction(registers: Uint8Array): void {
    this.#registers.run(Buffer.from(registers), this.entries - 1);
  }

  /** A stretch begins here. */
  beginStretch(blobs: SnapshotBlobs): void {
    const values = SNAPSHOT_COLUMNS.map((column) => Buffer.from(blobs[column]));
    this.#stretch.run(this.stretches++, this.entries, ...values);
  }

  /** A page of the stretch that has just begun. */
  page(page: number, data: Uint8Array): void {
    this.#page.run(this.stretches - 1, page, Buffer.from(data));
  }

  /** What is written so far stays. */
  endStretch(): void {
    this.setMeta({ entries: this.entries, stretches: this.stretches });
    this.#commit();
  }

  close(meta: Record<string, string | number>): void {
    this.setMeta({ ...meta, entries: this.entries, stretches: this.stretches, complete: 1 });
    this.#database.exec('COMMIT');
    this.#database.pragma('journal_mode = DELETE');
    this.#database.close();
  }

  setMeta(meta: Readonly<Record<string, string | number | bigint>>): void {
    for (const [key, value] of Object.entries(meta)) {
      this.#meta.run(key, typeof value === 'number' ? BigInt(value) : value);
    }
  }

  #commit(): void {
    this.#database.exec('COMMIT');
    this.#database.exec('BEGIN');
  }
}

function bufferOf(bytes: Uint8Array | undefined): Buffer | null {
  return bytes === undefined ? null : Buffer.from(bytes);
}
