/** Whether a trace has its derived tables, and making them: in the file, or beside it. */
import {
  DERIVED_STEPS_KEY,
  DERIVED_VERSION,
  DERIVED_VERSION_KEY,
  derivedStatements,
  temporary,
} from '../format/derived-schema.js';
import { DERIVED_SEAL_KEY, isSealed, SEAL_KEY, sealFile } from '../seal.js';
import { DerivedWriter } from '../write/derived-writer.js';
import { RECORDING_INDEXES } from '../write/indexes.js';
import type { Connection } from './connection.js';
import { AccessRunReader } from './access-runs.js';
import { DerivedReader } from './derived-reader.js';
import type { Meta } from './meta.js';

/** Fills tables with what it derives. */
export type Fill = (writer: DerivedWriter) => void;

/** The derived tables of a trace, in its file or in a temporary one. */
export class DerivedTables {
  readonly #connection: Connection;
  /** The file has all of them, as this version makes them. */
  readonly inFile: boolean;
  /** The file has some that another version made, or of other rows: before it was altered, say. */
  readonly outdated: boolean;
  /** For the parts that are there. */
  readonly rows: DerivedReader;
  readonly runs: AccessRunReader;
  /** Tables were made on the side; those of parts that were not filled are empty. */
  hasTemporary = false;
  readonly #parts = new Set<string>();
  /** Nothing but kvmtrace has written to the file. */
  readonly #sealed: boolean;

  constructor(connection: Connection, meta: Meta, stepCount: number) {
    this.#connection = connection;
    this.#sealed = isSealed(connection.file, meta, SEAL_KEY);
    this.rows = new DerivedReader(connection);
    this.runs = new AccessRunReader(connection);
    this.inFile =
      Number(meta.get(DERIVED_VERSION_KEY) ?? 0) === DERIVED_VERSION &&
      Number(meta.get(DERIVED_STEPS_KEY) ?? -1) === stepCount &&
      isSealed(connection.file, meta, DERIVED_SEAL_KEY) &&
      this.#hasTables();
    this.outdated = !this.inFile && meta.has(DERIVED_VERSION_KEY);
  }

  /** Whether the tables of `part`, a name of the caller's, can be queried. */
  has(part: string): boolean {
    return this.inFile || this.#parts.has(part);
  }

  /** Fills the tables of a part on the side: SQLite keeps them in a temporary file of its own. */
  fillTemporary(part: string, fill: Fill): void {
    const { database } = this.#connection;
    this.#connection.guard('the derived tables', () => {
      if (!this.hasTemporary) {
        for (const each of derivedStatements()) database.exec(temporary(each));
        this.hasTemporary = true;
      }
      const writer = new DerivedWriter(database, 'temp');
      database.transaction(() => {
        fill(writer);
        writer.flush();
      })();
      this.#parts.add(part);
    });
  }

  /**
   * Makes all tables in the file, in one transaction: a failure leaves it as it was. Only on a
   * connection that may write.
   */
  fillFile(stepCount: number, fill: Fill): void {
    const { database } = this.#connection;
    const keys = this.#sealed ? [SEAL_KEY, DERIVED_SEAL_KEY] : [DERIVED_SEAL_KEY];
    this.#connection.guard('the derived tables', () => {
      database
        .transaction(() => {
          const statements = derivedStatements();
          for (const { type, name } of statements) {
            database.exec(`DROP ${type.toUpperCase()} IF EXISTS main.${name}`);
          }
          for (const { type, sql } of statements) if (type !== 'index') database.exec(sql);
          const writer = new DerivedWriter(database, 'main');
          fill(writer);
          writer.flush();
          // Sorting once is cheaper than keeping indexes up to date.
          for (const { type, sql } of statements) if (type === 'index') database.exec(sql);
          // A recording that was cut short is without those that its end would have made.
          for (const { name, on } of RECORDING_INDEXES) {
            database.exec(`CREATE INDEX IF NOT EXISTS ${name} ON ${on}`);
          }
          const set = database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
          set.run(DERIVED_VERSION_KEY, BigInt(DERIVED_VERSION));
          set.run(DERIVED_STEPS_KEY, BigInt(stepCount));
        })
        .immediate();
      // What was altered before stays so.
      sealFile(database, keys);
    });
  }

  #hasTables(): boolean {
    const wanted = derivedStatements();
    const query = this.#connection.query(
      'sqlite_schema',
      "SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view', 'index')",
      (row) => row[0],
    );
    const found = new Set(query.all());
    return wanted.every(({ name }) => found.has(name));
  }
}
