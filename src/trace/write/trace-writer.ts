/**
 * Applies the event stream to the SQLite file. Runs in the writer thread; knows SQL and events, and
 * nothing of threads.
 */
import { TWO_32 } from '../../base/halves.js';
import { openDatabase } from '../sqlite.js';
import type { Database, Statement } from 'better-sqlite3';
import { assert } from '../../base/errors.js';
import { disassemble, type Mode } from '../../x86/iced.js';
import { APPLICATION_ID, FORMAT_VERSION, schemaSql, DIGEST_STEPS } from '../format/schema.js';
import { SEAL_KEY, sealFile } from '../seal.js';
import { BulkInsert } from './bulk-insert.js';
import { Digest } from '../format/digest.js';
import {
  Direction,
  EventKind,
  INPUT_KINDS,
  INTERRUPTION_KINDS,
  InterruptionFlag,
  SNAPSHOT_COLUMNS,
  STEP_REGISTERS,
} from '../format/events.js';
import type { TraceHeader } from './header.js';
import { storeSourceLines } from './source-lines.js';
import { RECORDING_INDEXES } from './indexes.js';

/**
 * Bulk load: a killed process loses nothing that was committed, because the page cache survives it;
 * only a power cut could, and then the trace is recorded again. The rollback journal keeps the file
 * consistent at every moment, and leaves one file, not three as WAL does.
 */
const PRAGMAS = [
  'page_size = 4096',
  'journal_mode = TRUNCATE',
  'synchronous = OFF',
  'cache_size = -32000',
  'temp_store = FILE',
  'busy_timeout = 5000',
];

/** Rare events that two equal executions have in common whatever KVM they ran on. */
const DIGESTED = new Set<number>([EventKind.port, EventKind.mmio, EventKind.interruption]);

/** A 64-bit integer by its halves; the machine's order is little-endian, as x86's is. */
const WIDE = new BigInt64Array(1);
const WIDE_WORDS = new Int32Array(WIDE.buffer);

type Meta = Record<string, string | number | bigint>;

/** Writes one trace, event by event. */
export class TraceWriter {
  readonly #database: Database;
  readonly #steps: BulkInsert;
  readonly #registers: BulkInsert;
  readonly #memory: BulkInsert;
  readonly #pages: BulkInsert;
  readonly #ports: BulkInsert;
  readonly #mmio: BulkInsert;
  readonly #instructions: BulkInsert;
  readonly #interruptions: BulkInsert;
  readonly #assisted: BulkInsert;
  readonly #inputs: BulkInsert;
  readonly #digests: BulkInsert;
  readonly #digest = new Digest();
  /** Of a fork: steps of the chunk of the hashes of its parent in which it begins. */
  readonly #digestPhase: number;
  readonly #lastStep: Statement<[], number>;
  readonly #snapshots: BulkInsert;
  readonly #snapshotPages: BulkInsert;
  /**
   * Register writes of the batch by register, step and value by turns: inserted register by
   * register, they go to one place of the B-tree at a time.
   */
  readonly #byRegister = new Map<number, (number | bigint)[]>();
  #step = -1;
  #words: Int32Array = new Int32Array(0);
  #bytes: Buffer = Buffer.alloc(0);

  constructor(header: TraceHeader) {
    const database = openDatabase(header.path);
    this.#database = database;
    for (const pragma of PRAGMAS) database.pragma(pragma);
    database.exec(schemaSql());
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${FORMAT_VERSION}`);
    this.#makeIndexes(true);
    const insert = (table: string, columns: string, conflict?: 'REPLACE' | 'IGNORE'): BulkInsert =>
      new BulkInsert(database, table, columns.split(' '), conflict);
    // An exception delivered after a step can change again what the step changed: the later counts.
    // Without its id, which SQLite makes one more than the last: half the cost of a row with it.
    this.#steps = insert('step', 'instruction');
    this.#registers = insert('register_write', 'register step value', 'REPLACE');
    this.#memory = insert('memory_write', 'gpa step size value', 'REPLACE');
    this.#pages = insert('unchanged_page', 'step page', 'IGNORE');
    this.#ports = insert('port_io', 'step port direction size count data');
    this.#mmio = insert('mmio', 'step gpa direction size data');
    this.#instructions = insert('instruction', 'id rip address mode bytes text');
    this.#interruptions = insert('interruption', 'step vector kind error_code cr2 rip assisted');
    this.#assisted = insert('assisted', 'step');
    this.#inputs = insert('input_value', 'step kind value');
    this.#digests = insert('digest', 'step chunk chain');
    this.#digestPhase = Number(header.meta['steps_before'] ?? 0) % DIGEST_STEPS;
    this.#lastStep = database
      .prepare<[], number>('SELECT id FROM step ORDER BY id DESC LIMIT 1')
      .pluck();
    // The last snapshot can be of a state that has one already.
    this.#snapshots = insert('snapshot', ['step', ...SNAPSHOT_COLUMNS].join(' '), 'REPLACE');
    this.#snapshotPages = insert('snapshot_page', 'step page data', 'REPLACE');
    database.exec('BEGIN');
    this.#writeHeader(header);
    this.#commit();
  }

  /**
   * Applies a batch and, unless it ends inside a step, commits.
   *
   * @returns true after the end event: the trace is closed
   */
  apply(words: Int32Array, splitsStep: boolean): boolean {
    this.#words = words;
    this.#bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    let end: Meta | undefined;
    for (let at = 0; at < words.length;) {
      const head = words[at]!;
      const argument = head >>> 8;
      switch (head & 0xff) {
        case EventKind.step:
          at = this.#applyStep(at, argument);
          break;
        case EventKind.register:
          this.#digest.words(words, at, at + 3);
          this.#registerWrite(argument, this.#value(at + 1));
          at += 3;
          break;
        case EventKind.memory:
          this.#digest.words(words, at, at + 5);
          this.#memory.add4(this.#number(at + 1), this.#step, argument, this.#value(at + 3));
          at += 5;
          break;
        case EventKind.end:
          end = JSON.parse(this.#blob(at + 3).toString()) as Meta;
          end['final_rip'] = BigInt(this.#value(at + 1));
          at = words.length;
          break;
        default:
          at = this.#applyRare(head & 0xff, argument, at);
      }
    }
    // The last chunk may be shorter.
    if (end !== undefined) this.#addDigest();
    this.#flush();
    if (end !== undefined) {
      this.#close(end);
      return true;
    }
    if (!splitsStep) this.#commit();
    return false;
  }

  /**
   * After a failure (disk full): forgets what was not committed and says in `meta` why the trace
   * ends here, if the disk lets it.
   */
  abandon(stopReason: string, detail: string): void {
    try {
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      const set = this.#database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
      this.#database.transaction(() => {
        set.run('stop_reason', stopReason);
        set.run('stop_detail', detail);
      })();
    } catch {
      // The disk is full or gone: the trace stays incomplete, which it says already.
    } finally {
      this.#database.close();
    }
  }

  #applyStep(start: number, mask: number): number {
    let at = start + 2;
    const step = this.#step + 1;
    // A fork's chunks end where its parent's do, so that they can be compared.
    if (step === 0 || (step + this.#digestPhase) % DIGEST_STEPS === 0) this.#addDigest();
    this.#step = step;
    this.#digest.word(this.#words[start]!);
    this.#digest.instruction(this.#words[start + 1]!);
    if (step === 0) this.#addFirstStep(this.#words[start + 1]!);
    else this.#steps.add1(this.#words[start + 1]!);
    for (let register = 0; register < STEP_REGISTERS; register++) {
      if ((mask & (1 << register)) === 0) continue;
      this.#registerWrite(register, this.#value(at));
      at += 2;
    }
    this.#digest.words(this.#words, start + 2, at);
    return at;
  }

  /** Steps are numbered from 0, where SQLite would begin with 1. */
  #addFirstStep(instruction: number): void {
    this.#database.prepare('INSERT INTO step (id, instruction) VALUES (0, ?)').run(instruction);
  }

  /** After the last event of a step, and of the initial state: a delivery may follow the step. */
  #addDigest(): void {
    const { chunk, chain } = this.#digest.finish();
    this.#digests.add3(this.#step, chunk, chain);
  }

  /** Events that are rare or slow anyway. Returns the index of the next event. */
  #applyRare(kind: number, argument: number, start: number): number {
    const words = this.#words;
    let at = start + 1;
    const next = (): number => words[at++]!;
    const wide = (): number => {
      at += 2;
      return this.#number(at - 2);
    };
    const value = (): number | bigint => {
      at += 2;
      return this.#value(at - 2);
    };
    const blob = (): Buffer => {
      const data = this.#blob(at);
      at += 1 + ((data.length + 3) >> 2);
      return data;
    };
    switch (kind) {
      case EventKind.page:
        this.#pages.add2(this.#step, wide());
        break;
      case EventKind.port: {
        const direction = (argument & 1) === Direction.write ? 'out' : 'in';
        const port = next();
        const count = next();
        this.#ports.add(this.#step, port, direction, argument >> 1, count, blob());
        break;
      }
      case EventKind.mmio: {
        const direction = argument === Direction.write ? 'write' : 'read';
        const gpa = wide();
        const data = blob();
        this.#mmio.add(this.#step, gpa, direction, data.length, data);
        break;
      }
      case EventKind.instruction:
        this.#addInstruction(argument as Mode, next(), value(), value(), blob());
        break;
      case EventKind.interruption: {
        const vector = next();
        const flags = next();
        const errorCode = next() >>> 0;
        const cr2 = value();
        const rip = value();
        this.#interruptions.add(
          this.#step + 1,
          vector,
          INTERRUPTION_KINDS[argument]!,
          (flags & InterruptionFlag.errorCode) === 0 ? null : errorCode,
          (flags & InterruptionFlag.cr2) === 0 ? null : cr2,
          rip,
          (flags & InterruptionFlag.assisted) === 0 ? 0 : 1,
        );
        break;
      }
      case EventKind.assisted:
        this.#assisted.add(this.#step);
        break;
      case EventKind.input:
        this.#inputs.add(this.#step, INPUT_KINDS[argument]!, value());
        break;
      case EventKind.snapshot:
        this.#snapshots.add(this.#step + 1, ...SNAPSHOT_COLUMNS.map(() => blob()));
        break;
      case EventKind.snapshotPage:
        this.#snapshotPages.add(this.#step + 1, wide(), blob());
        break;
      default:
        assert(false, `event kind ${kind} in the event stream`);
    }
    if (DIGESTED.has(kind)) this.#digest.words(words, start, at);
    if (kind === EventKind.instruction) {
      this.#digest.defineInstruction(words[start + 1]!, words, start + 2, at);
    }
    return at;
  }

  #addInstruction(
    mode: Mode,
    id: number,
    rip: number | bigint,
    address: number | bigint,
    bytes: Buffer,
  ): void {
    const text = disassemble(bytes, mode, BigInt(rip));
    this.#instructions.add(id, rip, address, mode, bytes, text);
  }

  #registerWrite(register: number, value: number | bigint): void {
    const writes = this.#byRegister.get(register);
    if (writes === undefined) this.#byRegister.set(register, [this.#step, value]);
    else writes.push(this.#step, value);
  }

  #flush(): void {
    for (const [register, writes] of this.#byRegister) {
      for (let i = 0; i < writes.length; i += 2) {
        this.#registers.add3(register, writes[i]!, writes[i + 1]!);
      }
      writes.length = 0;
    }
    for (const table of [
      this.#steps,
      this.#registers,
      this.#memory,
      this.#pages,
      this.#ports,
      this.#mmio,
      this.#instructions,
      this.#interruptions,
      this.#assisted,
      this.#inputs,
      this.#digests,
      this.#snapshots,
      this.#snapshotPages,
    ]) {
      table.flush();
    }
    const last = this.#lastStep.get() ?? -1;
    assert(last === this.#step, `step ${this.#step} has id ${last}`);
  }

  #commit(): void {
    this.#setMeta({ steps: this.#step + 1 });
    this.#database.exec('COMMIT');
    this.#database.exec('BEGIN');
  }

  #close(meta: Meta): void {
    this.#setMeta({ ...meta, steps: this.#step + 1 });
    this.#database.exec('COMMIT');
    this.#makeIndexes(false);
    // Last of all: a reader that sees complete = 1 sees everything else.
    sealFile(this.#database, [SEAL_KEY], () => {
      this.#database.exec(
        "DELETE FROM meta WHERE key = 'recorder'; UPDATE meta SET value = 1 WHERE key = 'complete'",
      );
    });
    this.#database.pragma('journal_mode = DELETE');
    this.#database.close();
  }

  #makeIndexes(growing: boolean): void {
    for (const { name, on, grows } of RECORDING_INDEXES) {
      if (grows === growing) this.#database.exec(`CREATE INDEX ${name} ON ${on}`);
    }
  }

  #setMeta(meta: Readonly<Meta>): void {
    const set = this.#database.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)');
    for (const [key, value] of Object.entries(meta)) {
      set.run(key, typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value);
    }
  }

  #writeHeader(header: TraceHeader): void {
    this.#setMeta({
      ...header.meta,
      format_version: FORMAT_VERSION,
      complete: 0,
      stop_reason: 'incomplete',
    });
    const insert = (
      table: string,
      columns: string,
      rows: readonly (readonly unknown[])[],
    ): void => {
      const names = columns.split(' ');
      const statement = this.#database.prepare(
        `INSERT INTO ${table} (${columns.replaceAll(' ', ',')}) VALUES (${names.map(() => '?').join(',')})`,
      );
      for (const row of rows) statement.run(...row);
    };
    insert(
      'memory_slot',
      'slot gpa size readonly purpose',
      header.slots.map((slot) => [
        slot.slot,
        slot.gpa,
        slot.size,
        slot.readonly ? 1 : 0,
        slot.purpose,
      ]),
    );
    insert(
      'symbol',
      'address size kind name',
      header.symbols.map((symbol) => [
        BigInt.asIntN(64, symbol.address),
        symbol.size,
        symbol.kind,
        symbol.name,
      ]),
    );
    const { sourceLines = [] } = header;
    if (sourceLines.length > 0) storeSourceLines(this.#database, sourceLines);
    insert(
      'register',
      'id name bits',
      header.registers.map((register) => [register.id, register.name, register.bits]),
    );
    const { portInput } = header;
    if (portInput !== undefined && portInput.length > 0) {
      insert('port_input', 'data', [[Buffer.from(portInput)]]);
    }
    insert(
      'cpuid',
      'function "index" flags eax ebx ecx edx',
      header.cpuid.map((e) => [e.function, e.index, e.flags, e.eax, e.ebx, e.ecx, e.edx]),
    );
  }

  /** A register's 64-bit pattern as the signed integer that SQLite stores. */
  #value(at: number): number | bigint {
    const low = this.#words[at]!;
    const high = this.#words[at + 1]!;
    // Doubles are exact to 53 bits; beyond that the value has to be a BigInt.
    if (high < 0x20_0000 && high >= -0x20_0000) return high * TWO_32 + (low >>> 0);
    WIDE_WORDS[0] = low;
    WIDE_WORDS[1] = high;
    return WIDE[0]!;
  }

  /** An address or page number below 2^53. */
  #number(at: number): number {
    return this.#words[at + 1]! * TWO_32 + (this.#words[at]! >>> 0);
  }

  /** A copy: the batch goes back to the producer before SQLite is done with the row. */
  #blob(at: number): Buffer {
    const start = (at + 1) * 4;
    return Buffer.from(this.#bytes.subarray(start, start + this.#words[at]!));
  }
}
