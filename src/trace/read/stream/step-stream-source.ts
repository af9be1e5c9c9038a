/** Where step-stream.ts reads from. */
import type { Connection } from '../connection.js';

/** The registers that are ever written, by id: one descent of the primary key each. */
export function writtenRegisters({ database }: Connection): number[] {
  return database
    .prepare<[], number>(
      `WITH RECURSIVE written(id) AS (
         SELECT min(register) FROM register_write
         UNION ALL
         SELECT (SELECT min(register) FROM register_write WHERE register > id)
         FROM written WHERE id IS NOT NULL
       ) SELECT id FROM written WHERE id IS NOT NULL`,
    )
    .pluck()
    .all();
}

/** The index that is built when a recording closes. */
export function hasStepIndex({ database }: Connection): boolean {
  const sql = "SELECT count(*) FROM sqlite_schema WHERE name = 'memory_write_step'";
  return database.prepare<[], number>(sql).pluck().get()! > 0;
}

/** For a recording that was cut short: a copy of memory_write in order of steps, on the side. */
export function sortMemory({ database }: Connection): string {
  database.exec(
    `CREATE TEMP TABLE memory_by_step (step, gpa, size, value, PRIMARY KEY (step, gpa, size)) WITHOUT ROWID;
     INSERT INTO memory_by_step SELECT step, gpa, size, value FROM memory_write`,
  );
  return 'temp.memory_by_step';
}
