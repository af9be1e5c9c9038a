/** Results of SQL: tables for people, CSV and JSON for programs. All of them as they come. */
import type { Row, SqlValue } from '../trace/read/values.js';
import { toJson } from '../base/json.js';
import { hexBytes } from '../base/number-text.js';
import { printable } from '../base/printable.js';
import type { Style } from './style.js';

/** Takes text: await what it returns, if anything, before writing on. */
export interface TextSink {
  write(text: string): Promise<void> | undefined;
  line(text?: string): Promise<void> | undefined;
}

/** A result of SQL, row by row. */
export interface Rows {
  readonly columns: readonly string[];
  /** Of each column `table.column`, or undefined for what is computed. */
  readonly sources: readonly (string | undefined)[];
  readonly rows: Iterable<Row>;
}

/** The widths of a table's columns are those of this many first rows. */
const MEASURED_ROWS = 500;

/** Aligned columns under their names; integers and reals to the right. */
export async function printTable(
  { columns, rows }: Rows,
  out: TextSink,
  style: Style,
): Promise<void> {
  const names = columns.map(printable);
  const widths = names.map((name) => name.length);
  const numeric = names.map(() => true);
  const head: (readonly string[])[] = [];
  const printHead = async (): Promise<void> => {
    await out.line(style.strong(align(names, widths, numeric)));
    await out.line(widths.map((width) => '-'.repeat(width)).join('  '));
    for (const cells of head) await out.line(align(cells, widths, numeric));
  };
  let count = 0;
  for (const row of rows) {
    const cells = row.map(cellText);
    count++;
    if (count > MEASURED_ROWS) {
      await out.line(align(cells, widths, numeric));
      continue;
    }
    for (const [i, cell] of cells.entries()) {
      widths[i] = Math.max(widths[i]!, cell.length);
      numeric[i] &&= isNumber(row[i]!);
    }
    head.push(cells);
    if (count === MEASURED_ROWS) await printHead();
  }
  if (count < MEASURED_ROWS) await printHead();
}

function align(
  cells: readonly string[],
  widths: readonly number[],
  numeric: readonly boolean[],
): string {
  return cells
    .map((cell, i) => (numeric[i]! ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
    .join('  ')
    .trimEnd();
}

function isNumber(value: SqlValue): boolean {
  return value === null || typeof value === 'bigint' || typeof value === 'number';
}

function cellText(value: SqlValue): string {
  if (value === null) return 'NULL';
  return printable(plainText(value));
}

/** Blobs in hexadecimal. */
function plainText(value: Exclude<SqlValue, null>): string {
  return value instanceof Uint8Array ? hexBytes(value) : String(value);
}

/** RFC 4180, with a header line; NULL is empty, blobs are hexadecimal. */
export async function printCsv({ columns, rows }: Rows, out: TextSink): Promise<void> {
  await out.write(csvLine(columns));
  for (const row of rows) {
    await out.write(csvLine(row.map((value) => (value === null ? '' : plainText(value)))));
  }
}

function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) =>
    /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  );
  return `${quoted.join(',')}\r\n`;
}

/** An array of objects; of columns with the same name, the later ones get a number. */
export async function printJson({ columns, rows }: Rows, out: TextSink): Promise<void> {
  const keys = uniqueNames(columns);
  let separator = '[\n';
  for (const row of rows) {
    const entries = keys.map((key, i) => [key, row[i]!] as const);
    await out.write(separator + toJson(Object.fromEntries(entries)));
    separator = ',\n';
  }
  await out.line(separator === '[\n' ? '[]' : '\n]');
}

function uniqueNames(columns: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return columns.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}:${count}`;
  });
}
