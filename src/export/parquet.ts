/** Tables as Apache Parquet, Snappy-compressed: row groups of bounded size, one after the other. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { inputError } from '../base/errors.js';
import { toolVersion } from '../base/package-root.js';
import type { Row, SqlValue } from '../trace/read/values.js';
import type { Chunk, Exporter, ExportSource } from './exporter.js';
import { exportTables, progressOfTables, type ColumnType, type ExportTable } from './tables.js';

/** Of a row group: the unit in which readers skip and workers share. */
const GROUP_ROWS = 65_536;
const GROUP_BYTES = 16 * 1024 * 1024;

/** A file for each table. */
export const parquet: Exporter = {
  *files(source) {
    const tables = exportTables(source);
    for (const [i, table] of tables.entries()) {
      progressOfTables(source, i, tables.length);
      yield { name: `${table.name}.parquet`, chunks: chunks(source, table) };
    }
  },
};

function* chunks({ trace }: ExportSource, table: ExportTable): Generator<Chunk> {
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [
      { name: 'root', num_children: table.columns.length },
      ...table.columns.map(({ name, type }) => schemaElement(name, type)),
    ],
    createdBy: `kvmtrace ${toolVersion}`,
  });
  for (const group of groups(trace.path, table)) {
    const columnData = table.columns.map(({ name }, i) => ({ name, data: group[i]! }));
    void writer.write({ columnData, rowGroupSize: GROUP_ROWS });
    yield take(bytes);
  }
  void writer.finish();
  yield take(bytes);
}

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

function schemaElement(name: string, type: ColumnType): SchemaElement {
  const element = { name, repetition_type: 'OPTIONAL' } as const;
  if (type === 'integer') return { ...element, type: 'INT64' };
  if (type === 'blob') return { ...element, type: 'BYTE_ARRAY' };
  return { ...element, type: 'BYTE_ARRAY', converted_type: 'UTF8' };
}

/** What has been written since the last time. Offsets in the file go on. */
function take(bytes: ByteWriter): Uint8Array {
  const taken = bytes.getBytes().slice();
  bytes.index = 0;
  return taken;
}

type Columns = (string | bigint | Uint8Array | null)[][];

/** The rows as columns, some at a time. */
function* groups(path: string, { name, columns, rows }: ExportTable): Generator<Columns> {
  const empty = (): Columns => columns.map(() => []);
  let group = empty();
  let count = 0;
  let size = 0;
  for (const row of rows()) {
    for (const [i, { name: column, type }] of columns.entries()) {
      group[i]!.push(convert(row[i]!, type, () => `${path} is damaged: ${name}.${column}`));
    }
    count++;
    size += sizeOf(row);
    if (count < GROUP_ROWS && size < GROUP_BYTES) continue;
    yield group;
    group = empty();
    count = 0;
    size = 0;
  }
  if (count > 0) yield group;
}

function convert(
  value: SqlValue,
  type: ColumnType,
  about: () => string,
): string | bigint | Uint8Array | null {
  if (value === null) return null;
  switch (type) {
    case 'integer':
      if (typeof value === 'bigint') return value;
      break;
    case 'text':
      if (typeof value === 'string') return value;
      break;
    case 'blob':
      // A plain array of bytes: of Buffer, whose slice is no copy, the writer knows nothing.
      if (value instanceof Uint8Array) return new Uint8Array(value);
      break;
    case 'any':
      return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
  }
  throw inputError(`${about()} holds what is no ${type}.`);
}

function sizeOf(row: Row): number {
  let size = 0;
  for (const value of row) {
    size += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
  }
  return size;
}
