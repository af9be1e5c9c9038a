/** What the comparison with QEMU is good for: traces with a mistake in them do not pass. */
import Sqlite from 'better-sqlite3';
import { withDirectory } from '../helpers/build.js';
import { compareFinalRam } from '../helpers/memory.js';
import { record } from '../helpers/record.js';
import { OracleTrace } from '../helpers/trace.js';
import { compareWithLog } from './compare.js';
import { buildGuest } from './guests.js';
import { runInQemu } from './machine.js';
import { qemuTest } from './qemu-test.js';

function notices(title: string, name: string, sql: string): void {
  qemuTest(`the comparison with QEMU sees ${title}`, async (t) => {
    await withDirectory(async (directory) => {
      const { trace: path } = await record(buildGuest(name, directory), directory);
      const database = new Sqlite(path);
      t.true(database.prepare(sql).run().changes > 0);
      database.close();
      using trace = new OracleTrace(path);
      const { entries, ramPath } = runInQemu(trace, directory);
      const { differences } = await compareWithLog(trace, entries);
      t.not([...differences, ...compareFinalRam(trace, ramPath)].length, 0);
    });
  });
}

const REGISTER = '(SELECT id FROM register WHERE name =';

notices(
  'a wrong vector',
  'protected-exceptions',
  'UPDATE interruption SET vector = 5 WHERE id = 4',
);
notices(
  'a wrong error code',
  'protected-exceptions',
  'UPDATE interruption SET error_code = error_code + 8 WHERE error_code > 0',
);
notices(
  'an exception that is missing',
  'protected-exceptions',
  'DELETE FROM interruption WHERE id = 9',
);
notices(
  'a fault counted as a step',
  'protected-exceptions',
  `UPDATE step SET instruction = (SELECT instruction FROM step AS s WHERE s.id = step.id - 1)
   WHERE id >= (SELECT step FROM interruption WHERE id = 3)`,
);
notices(
  'a wrong selector',
  'protected-system',
  `UPDATE register_write SET value = value + 8 WHERE register = ${REGISTER} 'fs') AND step >= 0`,
);
notices(
  "a segment's attributes",
  'protected-system',
  `DELETE FROM register_write WHERE register = ${REGISTER} 'es_attributes') AND step >= 0`,
);
notices(
  'a CR3 that did not change',
  'long-paging',
  `DELETE FROM register_write WHERE register = ${REGISTER} 'cr3') AND step >= 0`,
);
notices(
  'a CR2 that did not change',
  'long-paging',
  `DELETE FROM register_write WHERE register = ${REGISTER} 'cr2') AND step >= 0`,
);
notices(
  'an Accessed bit that is missing',
  'long-paging',
  'DELETE FROM memory_write WHERE gpa = 0x190000 AND value & 0x20',
);
notices(
  'RFLAGS.IF that did not change',
  'long-interrupts',
  'UPDATE register_write SET value = value - 0x200 WHERE register = 16 AND value & 0x200',
);
