/** SQL functions that `kvmtrace query` adds. Documented in schema/README.md. */
import Sqlite from 'better-sqlite3';
import type { Database, Statement } from 'better-sqlite3';
import { formatSymbol } from './symbols.js';
import type { TraceFile } from './trace-file.js';
import type { SqlValue } from './values.js';

/** For messages. */
export const FUNCTIONS = ['hex(x)', 'sym(address)', 'unsigned(x)'];

const defined = new WeakSet<Database>();

/** Adds the functions to the connection of `trace`, once. */
export function defineFunctions(database: Database, trace: TraceFile): void {
  if (defined.has(database)) return;
  defined.add(database);
  const options = { deterministic: true, directOnly: true, safeIntegers: true };
  database.function('hex', options, hex);
  database.function('unsigned', options, unsignedOrder);
  database.function('sym', options, (address: SqlValue) => sym(trace, address));
}

/** SQLite's own hex(), which ours hides: on a connection that has only that. */
let builtinHex: Statement<[SqlValue], string> | undefined;

/** An integer as `0x…`, unsigned; anything else as SQLite's own hex() gives it. */
function hex(value: SqlValue): string {
  if (typeof value === 'bigint') return `0x${BigInt.asUintN(64, value).toString(16)}`;
  builtinHex ??= new Sqlite(':memory:').prepare<[SqlValue], string>('SELECT hex(?)').pluck();
  return builtinHex.get(value)!;
}

/** Twenty decimal digits: text that sorts, compares and reads as the unsigned number. */
function unsignedOrder(value: SqlValue): string | null {
  return typeof value === 'bigint' ? BigInt.asUintN(64, value).toString().padStart(20, '0') : null;
}

/** `main+0x10`, or NULL where no symbol is near. */
function sym(trace: TraceFile, address: SqlValue): string | null {
  if (typeof address !== 'bigint') return null;
  const found = trace.symbols.at(BigInt.asUintN(64, address));
  return found === undefined ? null : formatSymbol(found);
}
