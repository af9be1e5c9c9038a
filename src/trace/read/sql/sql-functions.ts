/** SQL functions that `kvmtrace query` adds. Documented in schema/README.md. */
import { openDatabase } from '../../sqlite.js';
import type { Database, Statement } from 'better-sqlite3';
import { demangle } from '../demangle.js';
import { formatSymbol, type SymbolTable } from '../symbols.js';
import type { SqlValue } from '../values.js';

/** For messages. */
export const FUNCTIONS = [
  'hex(x)',
  'sym(address)',
  'demangle(name)',
  'unsigned(x)',
  'reg(name, state)',
  'mem(address, length, state)',
  'phys(gpa, length, state)',
  'gpa(address, state)',
];

/** A function that a query may call. */
export interface SqlFunction {
  readonly name: string;
  readonly run: (...values: SqlValue[]) => SqlValue;
}

/** Names that a connection has already. */
const defined = new WeakMap<Database, Set<string>>();

/** What the functions look up besides their arguments. */
export interface FunctionSource {
  readonly symbols: SymbolTable;
}

/** Adds the functions to the connection of `trace`, once. */
export function defineFunctions(
  database: Database,
  trace: FunctionSource,
  more: readonly SqlFunction[],
): void {
  let names = defined.get(database);
  const options = { deterministic: true, directOnly: true, safeIntegers: true };
  if (names === undefined) {
    names = new Set();
    defined.set(database, names);
    defineOwn(database, trace, options);
  }
  for (const { name, run } of more) {
    if (names.has(name)) continue;
    names.add(name);
    database.function(name, { ...options, varargs: true }, run);
  }
}

function defineOwn(
  database: Database,
  trace: FunctionSource,
  options: Parameters<Database['function']>[1],
): void {
  database.function('hex', options, hex);
  database.function('unsigned', options, unsignedOrder);
  database.function('demangle', options, (name: SqlValue) =>
    typeof name === 'string' ? demangle(name) : null,
  );
  database.function('sym', options, (address: SqlValue) => sym(trace, address));
}

/** SQLite's own hex(), which ours hides: on a connection that has only that. */
let builtinHex: Statement<[SqlValue], string> | undefined;

/** An integer as `0x…`, unsigned; anything else as SQLite's own hex() gives it. */
function hex(value: SqlValue): string {
  if (typeof value === 'bigint') return `0x${BigInt.asUintN(64, value).toString(16)}`;
  builtinHex ??= openDatabase(':memory:').prepare<[SqlValue], string>('SELECT hex(?)').pluck();
  return builtinHex.get(value)!;
}

/** Twenty decimal digits: text that sorts, compares and reads as the unsigned number. */
function unsignedOrder(value: SqlValue): string | null {
  return typeof value === 'bigint' ? BigInt.asUintN(64, value).toString().padStart(20, '0') : null;
}

/** `main+0x10`, or NULL where no symbol is near. */
function sym(trace: FunctionSource, address: SqlValue): string | null {
  if (typeof address !== 'bigint') return null;
  const found = trace.symbols.at(BigInt.asUintN(64, address));
  return found === undefined ? null : formatSymbol(found);
}
