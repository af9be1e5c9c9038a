/** Two traces compared table by table, with SQL alone. */
import Sqlite from 'better-sqlite3';

/** What was recorded; `meta` names files and how it was recorded. */
const TABLES = [
  ...['memory_slot', 'symbol', 'register', 'instruction', 'step', 'register_write', 'memory_write'],
  ...['unchanged_page', 'port_io', 'mmio', 'interruption', 'assisted', 'input_value', 'digest'],
  ...['snapshot', 'snapshot_page', 'cpuid'],
];

/** The tables that have rows in one trace which the other has not: `digest: 3 and 3 rows`. */
export function differingTables(a: string, b: string): string[] {
  const database = new Sqlite(a, { readonly: true });
  try {
    database.prepare('ATTACH ? AS other').run(b);
    const missing = (from: string, of: string): number =>
      database
        .prepare<[], number>(
          `SELECT count(*) FROM (SELECT * FROM ${from} EXCEPT SELECT * FROM ${of})`,
        )
        .pluck()
        .get()!;
    return TABLES.flatMap((table) => {
      const [here, there] = [`main.${table}`, `other.${table}`];
      const counts = [missing(here, there), missing(there, here)];
      return counts.every((count) => count === 0) ? [] : [`${table}: ${counts.join(' and ')} rows`];
    });
  } finally {
    database.close();
  }
}
