/** The tables of a trace for formats that export them as they are. */
import { inputError } from '../base/errors.js';
import type { Row } from '../trace/read/values.js';
import type { ExportSource } from './exporter.js';

/** What a column holds: `any` is text or an integer. */
export type ColumnType = 'integer' | 'text' | 'blob' | 'any';

/** A table, or the part of it that belongs to a range of steps. */
export interface ExportTable {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
  /** The rows, read as they are asked for; once. */
  readonly rows: () => Iterable<Row>;
}

/** Which rows of a table belong to the steps from `from` up to, not including, `to`. */
type Filter = (from: number, to: number, end: number) => string;

const byStep: Filter = (from, to, end) => {
  // With step 0 comes what is told of the initial state, and with the last step what follows it.
  const first = from === 0 ? -1 : from;
  return `WHERE step >= ${first} AND step < ${to === end ? end + 1 : to}`;
};
const bySpan: Filter = (from, to) => `WHERE first_step < ${to} AND last_step >= ${from}`;
const byId: Filter = (from, to) => `WHERE id >= ${from} AND id < ${to}`;

/** Tables whose rows belong to steps; the others are exported whole. */
const FILTERS: Readonly<Record<string, Filter>> = {
  step: byId,
  call: bySpan,
  access_run: bySpan,
  ...Object.fromEntries(
    [
      ...['register_write', 'memory_write', 'unchanged_page', 'port_io', 'mmio', 'interruption'],
      ...['assisted', 'input_value', 'digest', 'snapshot', 'snapshot_page', 'memory_access'],
    ].map((name) => [name, byStep]),
  ),
};

/** Sums over the whole trace, which a part of it does not have. */
const SUMS = ['function_steps', 'instruction_steps', 'execution_mark'];
/** The view that unpacks `access_run`, whose rows mean little elsewhere. */
const ACCESSES = { packed: 'access_run', unpacked: 'memory_access' };

/**
 * The tables of a trace in the order of its schema, and `memory_access` where there is an index.
 *
 * @throws KvmtraceError (exit code 2) for names that no table has
 */
export function exportTables(source: ExportSource): ExportTable[] {
  const { trace, from, to, tables: wanted } = source;
  const whole = from === 0 && to === trace.stepCount;
  const names = tableNames(source).filter((name) => whole || !SUMS.includes(name));
  for (const name of wanted ?? []) {
    if (names.includes(name)) continue;
    throw inputError(
      SUMS.includes(name) && !whole
        ? `${name} is about the whole trace: leave it out, or --from and --to.`
        : `${trace.path} has no table ${name}: its tables are ${names.join(', ')}.`,
    );
  }
  return names
    .filter((name) => wanted?.includes(name) ?? true)
    .map((name) => {
      const filter = whole ? '' : (FILTERS[name]?.(from, to, trace.stepCount) ?? '');
      const columns = columnsOf(source, name);
      const list = columns.map((column) => `"${column.name}"`).join();
      return {
        name,
        columns,
        rows: () => trace.query(`SELECT ${list} FROM ${name} ${filter}`).rows,
      };
    });
}

/** Tells how far the export has come, as if all tables took equally long. */
export function progressOfTables(
  { from, to, progress }: ExportSource,
  done: number,
  count: number,
): void {
  progress(from + Math.floor(((to - from) * done) / count));
}

function tableNames({ trace }: ExportSource): string[] {
  const names = texts(
    trace.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid").rows,
  ).filter((name) => /^\w+$/.test(name) && !name.startsWith('sqlite_'));
  return names.includes(ACCESSES.packed) ? [...names, ACCESSES.unpacked] : names;
}

function columnsOf({ trace }: ExportSource, table: string): ExportTable['columns'] {
  // xinfo: the columns that are computed, too.
  const { rows } = trace.query(`SELECT name, type FROM pragma_table_xinfo('${table}')`);
  return [...rows].map(([name, type]) => ({ name: String(name), type: typeOf(String(type)) }));
}

/** Views declare no types: what they compute is integers. */
function typeOf(declared: string): ColumnType {
  switch (declared.toUpperCase()) {
    case 'TEXT':
      return 'text';
    case 'BLOB':
      return 'blob';
    case 'ANY':
      return 'any';
    default:
      return 'integer';
  }
}

function texts(rows: Iterable<Row>): string[] {
  return [...rows].map(([text]) => String(text));
}
