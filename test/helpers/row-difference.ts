/** The oracle of the exact comparison: the rows of two recordings of one guest, compared with SQL alone. */
import Sqlite from 'better-sqlite3';

/** What a step did, as tables and the columns that tell it; the numbers of rows are left out. */
const ROWS = [
  'SELECT step, register, value FROM %.register_write',
  'SELECT step, gpa, size, value FROM %.memory_write',
  `SELECT step, port, direction, size, count, hex(data),
     row_number() OVER (PARTITION BY step ORDER BY id) FROM %.port_io`,
  `SELECT step, gpa, direction, size, hex(data),
     row_number() OVER (PARTITION BY step ORDER BY id) FROM %.mmio`,
  'SELECT step, kind, value, row_number() OVER (PARTITION BY step ORDER BY id) FROM %.input_value',
  // Those that are delivered before step n belong to what step n-1 leads to.
  'SELECT step - 1 AS step, vector, kind, error_code, cr2, rip FROM %.interruption',
  `SELECT step.id AS step, address, mode, hex(bytes)
     FROM %.step AS step JOIN %.instruction AS i ON i.id = step.instruction`,
  // Where it goes: the step before one that runs elsewhere is the last that both ran.
  `SELECT step.id - 1 AS step, address, mode
     FROM %.step AS step JOIN %.instruction AS i ON i.id = step.instruction`,
];

/** The first step that did something else in `b` than in `a`; -1: state 0; undefined: none did. */
export function firstRowDifference(a: string, b: string): number | undefined {
  const database = new Sqlite(':memory:');
  try {
    for (const [name, path] of Object.entries({ a, b })) {
      database.prepare(`ATTACH ? AS ${name}`).run(path);
    }
    const firsts = ROWS.flatMap((rows) => {
      const [left, right] = ['a', 'b'].map((name) => rows.replaceAll('%', name));
      return [
        [left, right],
        [right, left],
      ].map(
        ([one, other]) =>
          database
            .prepare(
              `SELECT min(step) FROM (SELECT * FROM (${one!}) EXCEPT SELECT * FROM (${other!}))`,
            )
            .pluck()
            .get() as number | null,
      );
    });
    const found = firsts.filter((step) => step !== null);
    return found.length === 0 ? undefined : Math.min(...found);
  } finally {
    database.close();
  }
}
