import type { Database, Statement } from 'better-sqlite3';

/** What a column can be given. */
export type SqlValue = number | bigint | string | Buffer | null;

/** Values per statement: binding many rows at once halves the cost of a row against one at a time. */
const VALUES = 96;

/** Inserts rows of one table through multi-row statements. Rows are in the file after `flush`. */
export class BulkInsert {
  readonly #many: Statement;
  readonly #one: Statement;
  readonly #columns: number;
  /** Values of the rows of a statement. */
  readonly #fullLength: number;
  readonly #values: SqlValue[] = [];

  /** @param conflict what to do about a row whose key is there already; the default is to fail */
  constructor(
    database: Database,
    table: string,
    columns: readonly string[],
    conflict?: 'REPLACE' | 'IGNORE',
  ) {
    const row = `(${columns.map(() => '?').join(',')})`;
    const insert = `INSERT ${conflict === undefined ? '' : `OR ${conflict} `}INTO ${table} (${columns.join(',')}) VALUES `;
    const rows = Math.ceil(VALUES / columns.length);
    this.#columns = columns.length;
    this.#fullLength = rows * columns.length;
    this.#one = database.prepare(insert + row);
    this.#many = database.prepare(insert + Array.from({ length: rows }, () => row).join(','));
  }

  add1(a: SqlValue): void {
    this.#values.push(a);
    this.#full();
  }

  add2(a: SqlValue, b: SqlValue): void {
    this.#values.push(a, b);
    this.#full();
  }

  add3(a: SqlValue, b: SqlValue, c: SqlValue): void {
    this.#values.push(a, b, c);
    this.#full();
  }

  add4(a: SqlValue, b: SqlValue, c: SqlValue, d: SqlValue): void {
    this.#values.push(a, b, c, d);
    this.#full();
  }

  /** For tables with few rows. */
  add(...values: SqlValue[]): void {
    this.#values.push(...values);
    this.#full();
  }

  flush(): void {
    const values = this.#values;
    for (let i = 0; i < values.length; i += this.#columns) {
      this.#one.run(...values.slice(i, i + this.#columns));
    }
    values.length = 0;
  }

  /** Forgets the rows not yet inserted: after a failed transaction. */
  discard(): void {
    this.#values.length = 0;
  }

  #full(): void {
    if (this.#values.length < this.#fullLength) return;
    this.#many.run(...this.#values);
    this.#values.length = 0;
  }
}
