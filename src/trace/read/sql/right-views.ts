/** For SQL of the user's: tables with the right disassembly in front of those of an early recording. */
import type { Connection } from '../connection.js';
import { rightText, SUSPECT_SQL } from '../disassembly.js';
import { referenceSchema } from '../checks/schema-check.js';
import { blob, natural, text, unsigned } from '../values.js';

/** Not what describes the tables of the file. */
const NAMES = /^(?!\s*pragma\b)[^]*\b(?:instruction|steps)\b/i;
/** Names of temporary tables and views are looked up before those of the file. */
const RIGHT_TEXT = 'CREATE TEMP TABLE right_text (id INTEGER PRIMARY KEY, text TEXT NOT NULL)';
const INSTRUCTION = `CREATE TEMP VIEW instruction AS
  SELECT i.id, i.rip, i.address, i.mode, i.bytes,
    coalesce((SELECT r.text FROM temp.right_text r WHERE r.id = i.id), i.text) AS text
  FROM main.instruction i`;

const corrected = new WeakSet<Connection>();

/** Puts views in front for SQL that asks for disassembly, on this connection, if any text is wrong. */
export function correctDisassembly(connection: Connection, sql: string): void {
  if (!NAMES.test(sql) || corrected.has(connection)) return;
  corrected.add(connection);
  const wrong = connection
    .query(
      'instruction',
      `SELECT id, rip, bytes, text FROM main.instruction WHERE ${SUSPECT_SQL}`,
      (row): [number, string] | undefined => {
        const stored = text(row, 3);
        const code = {
          rip: unsigned(row, 1),
          mode: 64,
          bytes: blob(row, 2),
          text: stored,
        } as const;
        const right = rightText(code);
        return right === stored ? undefined : [natural(row, 0), right];
      },
    )
    .all()
    .filter((each) => each !== undefined);
  if (wrong.length === 0) return;
  const { database } = connection;
  connection.guard('instruction', () => {
    database.exec(RIGHT_TEXT);
    const insert = database.prepare('INSERT INTO temp.right_text VALUES (?, ?)');
    database.transaction(() => {
      for (const [id, right] of wrong) insert.run(id, right);
    })();
    database.exec(INSTRUCTION);
    const steps = referenceSchema().find(({ name }) => name === 'steps')!;
    database.exec(steps.sql!.replace('CREATE VIEW', 'CREATE TEMP VIEW'));
  });
}
