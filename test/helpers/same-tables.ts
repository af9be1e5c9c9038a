/** Two traces compared table by table, with SQL alone. */
import Sqlite from 'better-sqlite3';
import { SNAPSHOT_COLUMNS } from '../../src/trace/format/events.js';

/** What was recorded; `meta` names files and how it was recorded. */
const TABLES = [
  ...['memory_slot', 'symbol', 'register', 'instruction', 'step', 'register_write', 'memory_write'],
  ...['unchanged_page', 'port_io', 'mmio', 'interruption', 'assisted', 'input_value', 'digest'],
  ...['snapshot', 'snapshot_page', 'cpuid'],
];
const VCPU_COLUMNS = ['step', ...SNAPSHOT_COLUMNS.filter((column) => column !== 'devices')];

/**
 * The tables that have rows in one trace which the other has not: `digest: 3 and 3 rows`.
 *
 * @param sameDevices false where one is of a version that had other devices
 */
export function differingTables(a: string, b: string, sameDevices = true): string[] {
  const database = new Sqlite(a, { readonly: true });
  try {
    database.prepare('ATTACH ? AS other').run(b);
    const missing = (columns: string, from: string, of: string): number =>
      database
        .prepare<[], number>(
          `SELECT count(*) FROM (SELECT ${columns} FROM ${from} EXCEPT SELECT ${columns} FROM ${of})`,
        )
        .pluck()
        .get()!;
    return TABLES.flatMap((table) => {
      const columns = table === 'snapshot' && !sameDevices ? VCPU_COLUMNS.join(', ') : '*';
      const [here, there] = [`main.${table}`, `other.${table}`];
      const counts = [missing(columns, here, there), missing(columns, there, here)];
      return counts.every((count) => count === 0) ? [] : [`${table}: ${counts.join(' and ')} rows`];
    });
  } finally {
    database.close();
  }
}
