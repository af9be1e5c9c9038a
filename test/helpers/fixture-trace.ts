/**
 * Small traces made by hand: the schema of schema/ with the rows that a test names, and nothing
 * else. For tests of reading; what a recorder writes is tested with recordings.
 */
import Sqlite from 'better-sqlite3';
import type { Database } from 'better-sqlite3';
import { join } from 'node:path';
import { REGISTERS } from '../../src/trace/format/registers.js';
import { APPLICATION_ID, FORMAT_VERSION, schemaSql } from '../../src/trace/format/schema.js';
import { temporaryDirectory } from './temporary.js';

export interface FixtureWrite {
  readonly gpa: number;
  readonly size: number;
  readonly value: number | bigint;
}

export interface FixtureStep {
  readonly rip: number | bigint;
  /** Hexadecimal. */
  readonly bytes?: string;
  readonly text?: string;
  readonly mode?: 16 | 32 | 64;
  /** New values by name. */
  readonly registers?: Readonly<Record<string, number | bigint>>;
  readonly memory?: readonly FixtureWrite[];
  readonly out?: readonly [port: number, data: string];
  readonly in?: readonly [port: number, data: string];
}

export interface Fixture {
  readonly steps: readonly FixtureStep[];
  readonly meta?: Readonly<Record<string, string | number | bigint>>;
  /** Values at state 0 by name; general registers and rflags default to 0 and 2. */
  readonly initial?: Readonly<Record<string, number | bigint>>;
  readonly slots?: readonly { gpa: number; size: number; purpose?: string }[];
  /** Contents at state 0 by page number; up to 4096 bytes each. */
  readonly pages?: Readonly<Record<number, Uint8Array>>;
  readonly symbols?: readonly { address: number | bigint; size: number; name: string }[];
  /** Run last, for whatever has no field here. */
  readonly sql?: string;
  /** Leaves out the indexes and the mark of a closed recording. */
  readonly incomplete?: boolean;
}

/** A path in a directory of its own. */
export function temporaryPath(name = 't.db'): string {
  return join(temporaryDirectory(), name);
}

/** Writes the trace and returns its path. */
export function writeFixtureTrace(fixture: Fixture, path = temporaryPath()): string {
  const database = new Sqlite(path);
  database.exec(schemaSql());
  database.pragma(`application_id = ${APPLICATION_ID}`);
  database.pragma(`user_version = ${FORMAT_VERSION}`);
  database.transaction(() => {
    insertMachine(database, fixture);
    for (const [step, what] of fixture.steps.entries()) insertStep(database, step, what);
  })();
  if (fixture.sql !== undefined) database.exec(fixture.sql);
  if (fixture.incomplete !== true) {
    database.exec('CREATE INDEX memory_write_step ON memory_write(step)');
    database.exec('CREATE INDEX step_instruction ON step(instruction)');
  }
  database.close();
  return path;
}

function insert(database: Database, table: string, row: Record<string, unknown>): void {
  const columns = Object.keys(row).map((column) => `"${column}"`);
  const values = Object.values(row).map((value) =>
    typeof value === 'number' ? BigInt(value) : typeof value === 'bigint' ? signed(value) : value,
  );
  database
    .prepare(
      `INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()}) ON CONFLICT DO NOTHING`,
    )
    .run(...values);
}

function signed(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function insertMachine(database: Database, fixture: Fixture): void {
  const meta = {
    format_version: FORMAT_VERSION,
    tool_version: '0.0.0-fixture',
    guest: 'fixture.bin',
    guest_sha256: '0'.repeat(64),
    steps: fixture.steps.length,
    complete: fixture.incomplete === true ? 0 : 1,
    stop_reason: fixture.incomplete === true ? 'incomplete' : 'hlt',
    ...fixture.meta,
  };
  for (const [key, value] of Object.entries(meta)) insert(database, 'meta', { key, value });
  for (const { id, name, bits } of REGISTERS) insert(database, 'register', { id, name, bits });
  const initial = { ...fixture.initial };
  for (const { id, name } of REGISTERS) {
    const value = initial[name] ?? (id < 16 ? 0 : id === 16 ? 2 : undefined);
    if (value !== undefined) {
      insert(database, 'register_write', { register: id, step: -1, value: BigInt(value) });
    }
  }
  for (const [slot, { gpa, size, purpose }] of (
    fixture.slots ?? [{ gpa: 0, size: 0x10000 }]
  ).entries()) {
    insert(database, 'memory_slot', { slot, gpa, size, purpose: purpose ?? 'ram' });
  }
  for (const [page, bytes] of Object.entries(fixture.pages ?? {})) {
    const data = Buffer.alloc(4096);
    data.set(bytes);
    insert(database, 'snapshot_page', { step: 0, page: Number(page), data });
  }
  for (const symbol of fixture.symbols ?? []) {
    insert(database, 'symbol', { ...symbol, address: BigInt(symbol.address), kind: 'function' });
  }
}

function insertStep(database: Database, step: number, what: FixtureStep): void {
  const rip = signed(BigInt(what.rip));
  const bytes = Buffer.from(what.bytes ?? '90', 'hex');
  const text = what.text ?? 'nop';
  const mode = what.mode ?? 64;
  const known = database
    .prepare('SELECT id FROM instruction WHERE rip = ? AND bytes = ?')
    .pluck()
    .get(rip, bytes) as number | undefined;
  const next = database.prepare('SELECT count(*) FROM instruction').pluck().get() as number;
  const id = known ?? next;
  insert(database, 'instruction', { id, rip, address: rip, mode, bytes, text });
  insert(database, 'step', { id: step, instruction: id });
  for (const [name, value] of Object.entries(what.registers ?? {})) {
    const register = REGISTERS.find((each) => each.name === name)!.id;
    insert(database, 'register_write', { register, step, value: BigInt(value) });
  }
  for (const { gpa, size, value } of what.memory ?? []) {
    insert(database, 'memory_write', { gpa, step, size, value: BigInt(value) });
  }
  for (const direction of ['in', 'out'] as const) {
    const access = what[direction];
    if (access === undefined) continue;
    const data = Buffer.from(access[1], 'latin1');
    const [port] = access;
    insert(database, 'port_io', { step, port, direction, size: 1, count: data.length, data });
  }
}
