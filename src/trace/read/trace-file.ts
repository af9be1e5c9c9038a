import { runningProcess } from '../../base/process-identity.js';
import { isSealed, SEAL_KEY, sealFile } from '../seal.js';
import { CodeReader } from './code.js';
import { Connection } from './connection.js';
import { DigestReader } from './digests.js';
import { DerivedTables } from './derived-tables.js';
import { EventReader } from './events.js';
import { InstructionReader } from './instructions.js';
import { MemoryReader } from './memory.js';
import { LoadMap } from './load-map.js';
import { loadDistance } from './load-distance.js';
import { readMeta, type Meta } from './meta.js';
import { RegisterReader } from './registers.js';
import { columnsOf, referenceSchema } from './checks/schema-check.js';
import { SnapshotReader } from './snapshots.js';
import type { SqlFunction } from './sql/sql-functions.js';
import { StepColumns, type StepColumnsOptions } from './step-columns.js';
import { StepStream } from './stream/step-stream.js';
import { SourceLineReader, type SourceRange } from './source-lines.js';
import { storeSourceLines, type SourceLineRow } from '../write/source-lines.js';
import { SymbolTable, type TraceSymbol } from './symbols.js';
import { runUserQuery, type QueryResult } from './sql/user-query.js';
import { natural, text } from './values.js';

/**
 * A validated trace file and what can be looked up in it, by subject. It answers with rows; what
 * they mean together (a state, a step's changes) is the business of src/query.
 *
 * Every method throws a KvmtraceError with exit code 2 where the file turns out to be damaged.
 */
export class TraceFile implements Disposable {
  /** As it was given, for people. */
  readonly path: string;
  /** The SQLite file: a temporary one of a packed trace. */
  readonly file: string;
  /** Of the SQLite file. */
  readonly sizeBytes: number;
  /** Called now and then during long searches; may throw to end one. */
  onWork: (() => void) | undefined;
  readonly meta: Meta;
  readonly instructions: InstructionReader;
  readonly registers: RegisterReader;
  readonly memory: MemoryReader;
  readonly events: EventReader;
  readonly snapshots: SnapshotReader;
  readonly digests: DigestReader;
  #code: CodeReader | undefined;
  readonly #connection: Connection;
  #symbols: SymbolTable | undefined;
  #sourceLines: SourceLineReader | undefined;
  #again: TraceFile | undefined;
  #stepCount: number | undefined;
  #unaltered: boolean | undefined;
  #derived: DerivedTables | undefined;

  /** Use `openTrace`, which checks the file first. */
  constructor(connection: Connection, sizeBytes: number) {
    this.#connection = connection;
    this.path = connection.path;
    this.file = connection.file;
    this.sizeBytes = sizeBytes;
    this.meta = readMeta(connection);
    this.instructions = new InstructionReader(connection);
    this.registers = new RegisterReader(connection);
    this.memory = new MemoryReader(connection);
    this.events = new EventReader(connection);
    this.snapshots = new SnapshotReader(connection);
    this.digests = new DigestReader(connection);
  }

  /** Whether it was unpacked to be read. */
  get isPacked(): boolean {
    return this.file !== this.path;
  }

  /**
   * Whether nothing but kvmtrace has written to it since it was recorded: then its hashes are those
   * of its rows.
   */
  get unaltered(): boolean {
    this.#unaltered ??= isSealed(this.file, this.meta, SEAL_KEY);
    return this.#unaltered;
  }

  /** The process that is recording it just now, if one is. */
  get recorder(): number | undefined {
    const recorder = this.meta.get('recorder');
    return typeof recorder === 'string' ? runningProcess(recorder) : undefined;
  }

  /** The trace has steps 0 to `stepCount - 1` and states 0 to `stepCount`. */
  get stepCount(): number {
    this.#stepCount ??= this.instructions.stepCount();
    return this.#stepCount;
  }

  get symbols(): SymbolTable {
    this.#symbols ??= this.#readSymbols();
    return this.#symbols;
  }

  get sourceLines(): SourceLineReader {
    return (this.#sourceLines ??= new SourceLineReader(this.#connection));
  }

  /**
   * The source line of what is at a linear address; code that runs where it was loaded is that which was
   * linked for another one.
   */
  sourceAt(address: bigint): SourceRange | undefined {
    const { sourceLines } = this;
    if (!sourceLines.isThere) return undefined;
    const found = sourceLines.at(address);
    if (found !== undefined) return found;
    const linked = this.symbols.loadMap?.linked(address);
    return linked === undefined ? undefined : sourceLines.at(linked);
  }

  /**
   * Replaces the names of addresses, and the source lines, in the file. Only on a connection that may
   * write; what was derived goes by the names of before.
   */
  replaceSymbols(symbols: readonly TraceSymbol[], lines: readonly SourceLineRow[]): void {
    const { database } = this.#connection;
    // What was altered before stays so.
    const keys = this.unaltered ? [SEAL_KEY] : [];
    this.#connection.guard('symbol', () => {
      sealFile(database, keys, () => {
        database.exec('DELETE FROM symbol');
        const insert = database.prepare(
          'INSERT INTO symbol (address, size, kind, name) VALUES (?, ?, ?, ?)',
        );
        for (const { address, size, kind, name } of symbols) {
          insert.run(BigInt.asIntN(64, address), size, kind, name);
        }
        storeSourceLines(database, lines);
      });
    });
    this.#symbols = undefined;
    this.#sourceLines = undefined;
  }

  /** Instructions by number, all in memory. */
  get code(): CodeReader {
    this.#code ??= new CodeReader(this.#connection);
    return this.#code;
  }

  get derived(): DerivedTables {
    this.#derived ??= new DerivedTables(this.#connection, this.meta, this.stepCount);
    return this.#derived;
  }

  /** The trace in order of steps, for passes over all of it. */
  stepColumns(options: StepColumnsOptions): StepColumns {
    return new StepColumns(this.#connection, options);
  }

  /** So that `symbols` reads nothing any more. */
  preloadSymbols(): void {
    this.#symbols ??= this.#readSymbols();
  }

  /** Rows of each table of the format. Reads all of them: seconds on a trace of gigabytes. */
  rowCounts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { type, name } of referenceSchema()) {
      if (type !== 'table') continue;
      const count = this.#connection.query(name, `SELECT count(*) FROM ${name}`, (row) =>
        natural(row, 0),
      );
      counts.set(name, count.first()!);
    }
    return counts;
  }

  /** Names of all tables and views, those of the format first. */
  tables(): string[] {
    const all = this.#connection.query(
      'sqlite_schema',
      `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
      (row) => text(row, 0),
    );
    const own = referenceSchema().map(({ name }) => name);
    return [...own, ...all.all().filter((name) => !own.includes(name))];
  }

  columns(table: string): string[] {
    return columnsOf(this.#connection, table);
  }

  /** The trace in order of steps, to follow the execution along. */
  stepStream(): StepStream {
    return new StepStream(this.#connection, this.events);
  }

  /**
   * Runs SQL of the user's; see `runUserQuery`.
   *
   * @param functions that it may call beside those of the format
   */
  query(sql: string, functions: readonly SqlFunction[] = []): QueryResult {
    return runUserQuery(this.#connection, this, sql, functions);
  }

  /** The trace over a second connection: to read it while a query of this one is under way. */
  again(): TraceFile {
    this.#again ??= new TraceFile(new Connection(this.path, 'ro', this.file), this.sizeBytes);
    return this.#again;
  }

  #readSymbols(): SymbolTable {
    return SymbolTable.read(this.#connection, (all) => {
      const map = LoadMap.parse(this.meta.get('segments'));
      if (map !== undefined) return map;
      const distance = loadDistance(this, all);
      return distance === undefined ? undefined : LoadMap.ofDistance(distance);
    });
  }

  close(): void {
    this.#again?.close();
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
