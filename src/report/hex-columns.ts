/** Columns of a query's result that are addresses or contents of registers and memory: shown in hexadecimal. */
import { hex } from '../base/number-text.js';
import type { SqlValue } from '../trace/read/values.js';
import type { Rows } from './sql-rows.js';

/** Columns of tables, whatever they are called in the result. */
const SOURCES = new Set([
  ...['instruction.rip', 'instruction.address', 'symbol.address', 'interruption.rip'],
  ...['interruption.cr2', 'interruption.error_code', 'memory_slot.gpa', 'memory_slot.size'],
  ...['memory_write.gpa', 'memory_write.value', 'register_write.value', 'mmio.gpa', 'port_io.port'],
  ...['call.address', 'function_steps.address', 'execution_mark.address', 'digest.chunk'],
  ...['digest.chain', 'input_value.value', 'snapshot_page.page', 'unchanged_page.page'],
]);
/** Names of the result, of what no table's column is behind: views compute theirs. */
const NAMES = new Set(['rip', 'address', 'gpa', 'cr2', 'page', 'port']);

/** @param registers names of the trace's registers, which views have columns of */
export function inHex({ columns, sources, rows }: Rows, registers: ReadonlySet<string>): Rows {
  const isHex = columns.map((name, i) => {
    const source = sources[i];
    return source === undefined
      ? NAMES.has(name.toLowerCase()) || registers.has(name.toLowerCase())
      : SOURCES.has(source);
  });
  const shown = (value: SqlValue, i: number): SqlValue =>
    isHex[i]! && typeof value === 'bigint' ? hex(BigInt.asUintN(64, value)) : value;
  return { columns, sources, rows: each(rows, (row) => row.map(shown)) };
}

function* each<T>(rows: Iterable<T>, change: (row: T) => T): Generator<T> {
  for (const row of rows) yield change(row);
}
