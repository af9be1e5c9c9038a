import type { Connection } from './connection.js';
import { text, WrongValueError, type Row } from './values.js';

/** A value of the table `meta`. */
export type MetaValue = string | bigint | number | null;

/** The rows of `meta`, by key. Integers are bigint. */
export type Meta = ReadonlyMap<string, MetaValue>;

/** All of the table `meta`. */
export function readMeta(connection: Connection): Meta {
  const query = connection.query(
    'meta',
    'SELECT key, value FROM meta ORDER BY key',
    (row): [string, MetaValue] => [text(row, 0), metaValue(row)],
  );
  return new Map(query.all());
}

function metaValue(row: Row): MetaValue {
  const value = row[1];
  if (value === undefined || value instanceof Uint8Array) {
    throw new WrongValueError('text or a number', value);
  }
  return value;
}
