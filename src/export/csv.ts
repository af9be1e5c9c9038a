/** Tables as CSV (RFC 4180) with a header line; NULL is empty, blobs are hexadecimal. */
import type { SqlValue } from '../trace/read/values.js';
import { csvLine } from './csv-line.js';
import type { Chunk, Exporter } from './exporter.js';
import { exportTables, progressOfTables, type ExportTable } from './tables.js';

/** A file for each table. */
export const csv: Exporter = {
  *files(source) {
    const tables = exportTables(source);
    for (const [i, table] of tables.entries()) {
      progressOfTables(source, i, tables.length);
      yield { name: `${table.name}.csv`, chunks: chunks(table) };
    }
  },
};

function* chunks({ columns, rows }: ExportTable): Generator<Chunk> {
  yield csvLine(columns.map(({ name }) => name));
  for (const row of rows()) yield csvLine(row.map(cell));
}

function cell(value: SqlValue): string {
  if (value === null) return '';
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}
