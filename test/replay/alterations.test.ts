/** A trace that is altered in one place is found out, and at the step of that place. */
import { KvmtraceError } from '../../src/base/errors.js';
import { kvmTest } from '../helpers/kvm.js';
import { LONG } from './guests.js';
import { altered, ask, recordSource, replayFile } from './recorded.js';

interface Alteration {
  readonly title: string;
  /** The step or state at which it must be found: a query on the trace as it was. */
  readonly at: string;
  /** `$at` is that step. */
  readonly sql: string;
}

const MIDDLE = 'SELECT max(id) / 2 FROM step';
/** Steps without rows in a table. */
const without = (table: string): string =>
  `SELECT id FROM step WHERE id > 60 AND id NOT IN (SELECT step FROM ${table}) LIMIT 1`;

const ALTERATIONS: readonly Alteration[] = [
  ...[0, 31, 32, 63].map((bit) => ({
    title: `bit ${bit} of a register`,
    at: 'SELECT step FROM register_write WHERE register = 0 AND step > 80 LIMIT 1',
    sql: `UPDATE register_write SET value = (value | (1 << ${bit})) - (value & (1 << ${bit}))
          WHERE register = 0 AND step = $at`,
  })),
  {
    title: 'a flag',
    at: 'SELECT step FROM register_write WHERE register = 16 AND step > 80 LIMIT 1',
    sql: 'UPDATE register_write SET value = value + 1 - 2 * (value & 1) WHERE register = 16 AND step = $at',
  },
  {
    title: 'a register that did not change',
    at: MIDDLE,
    sql: 'INSERT INTO register_write VALUES (15, $at, 1)',
  },
  {
    title: 'a missing register write',
    at: 'SELECT step FROM register_write WHERE register = 2 AND step > 80 LIMIT 1',
    sql: 'DELETE FROM register_write WHERE register = 2 AND step = $at',
  },
  {
    title: 'a bit of memory',
    at: 'SELECT step FROM memory_write WHERE step > 80 ORDER BY step LIMIT 1',
    sql: 'UPDATE memory_write SET value = value + 1 - 2 * (value & 1) WHERE step = $at',
  },
  ...[8, 31, 32, 62].map((bit) => ({
    title: `bit ${bit} of a byte of memory, which has none`,
    at: 'SELECT step FROM memory_write WHERE step > 80 AND size = 1 ORDER BY step LIMIT 1',
    sql: `UPDATE memory_write SET value = value | (1 << ${bit}) WHERE step = $at AND size = 1`,
  })),
  ...[2, 31, 33, 52].map((bit) => ({
    title: `bit ${bit} of the size of a memory write`,
    at: 'SELECT step FROM memory_write WHERE step > 80 AND size = 1 ORDER BY step LIMIT 1',
    sql: `UPDATE memory_write SET size = size | (1 << ${bit}) WHERE step = $at AND size = 1`,
  })),
  ...[12, 40, 52].map((bit) => ({
    title: `bit ${bit} of the number of a register`,
    at: 'SELECT step FROM register_write WHERE register = 0 AND step > 80 LIMIT 1',
    sql: `UPDATE register_write SET register = 1 << ${bit} WHERE register = 0 AND step = $at`,
  })),
  {
    title: 'memory that did not change',
    at: without('memory_write'),
    sql: 'INSERT INTO memory_write VALUES (0x180000, 1, $at, 1)',
  },
  {
    title: 'a missing memory write',
    at: 'SELECT step FROM memory_write WHERE step > 80 ORDER BY step LIMIT 1',
    sql: 'DELETE FROM memory_write WHERE step = $at',
  },
  {
    title: 'another instruction',
    at: MIDDLE,
    sql: 'UPDATE step SET instruction = instruction - 1 WHERE id = $at',
  },
  {
    title: 'a byte of an instruction',
    at: 'SELECT min(id) FROM step WHERE instruction = 20',
    sql: "UPDATE instruction SET bytes = x'90' WHERE id = 20",
  },
  {
    title: 'a byte that was read from a port',
    at: "SELECT step FROM port_io WHERE direction = 'in' AND count = 1 LIMIT 1",
    sql: "UPDATE port_io SET data = x'42' WHERE step = $at",
  },
  {
    title: 'bytes that REP INS read',
    at: "SELECT step FROM port_io WHERE direction = 'in' AND count = 5 LIMIT 1",
    sql: "UPDATE port_io SET data = x'68656c6c6e' WHERE step = $at",
  },
  {
    title: 'bytes that were written to a port',
    at: "SELECT step FROM port_io WHERE direction = 'out' AND count = 5 LIMIT 1",
    sql: "UPDATE port_io SET data = x'68656c6c6e' WHERE step = $at",
  },
  {
    title: 'a missing access',
    at: "SELECT step FROM port_io WHERE direction = 'out' AND count = 5 LIMIT 1",
    sql: 'DELETE FROM port_io WHERE step = $at',
  },
  {
    title: 'an access too many',
    at: MIDDLE,
    sql: "INSERT INTO port_io VALUES (NULL, $at, 0x80, 'out', 1, 1, x'00')",
  },
  {
    title: 'what MMIO read',
    at: "SELECT step FROM mmio WHERE direction = 'read' LIMIT 1",
    sql: "UPDATE mmio SET data = x'fffffffe' WHERE step = $at",
  },
  ...['tsc', 'random', 'cpuid', 'msr'].map((kind) => ({
    title: `the ${kind} input`,
    at: `SELECT step FROM input_value WHERE kind = '${kind}' LIMIT 1`,
    sql: 'UPDATE input_value SET value = value + 1 WHERE step = $at',
  })),
  ...['tsc', 'cpuid', 'msr'].map((kind) => ({
    title: `what ${kind} put into a register`,
    at: `SELECT step FROM input_value WHERE kind = '${kind}' LIMIT 1`,
    sql: 'UPDATE register_write SET value = value + 1 WHERE step = $at AND register IN (0, 3)',
  })),
  {
    title: 'the vector of an interrupt',
    at: "SELECT step FROM interruption WHERE kind = 'interrupt' LIMIT 1",
    sql: 'UPDATE interruption SET vector = 0x30 WHERE step = $at',
  },
  {
    title: 'an interrupt that is gone',
    at: "SELECT step - 1 FROM interruption WHERE kind = 'interrupt' LIMIT 1",
    sql: 'DELETE FROM interruption WHERE step = $at + 1',
  },
  {
    title: 'the address of a page fault',
    at: "SELECT step - 1 FROM interruption WHERE kind = 'fault' LIMIT 1",
    sql: 'UPDATE interruption SET cr2 = cr2 + 1 WHERE step = $at + 1',
  },
  {
    title: 'an initial value',
    at: 'SELECT 0',
    sql: 'UPDATE register_write SET value = value + 1 WHERE step = -1 AND register = 8',
  },
  {
    title: 'a register in the first snapshot',
    at: 'SELECT 0',
    sql: "UPDATE snapshot SET regs = unhex('01' || substr(hex(regs), 3)) WHERE step = 0",
  },
  {
    title: 'a register in a later snapshot',
    at: 'SELECT 100',
    sql: "UPDATE snapshot SET regs = unhex('77' || substr(hex(regs), 3)) WHERE step = $at",
  },
  {
    title: 'the last snapshot',
    at: 'SELECT max(step) FROM snapshot',
    sql: "UPDATE snapshot SET events = unhex(substr(hex(events), 1, 126) || '01') WHERE step = $at",
  },
  {
    title: 'a page of a later snapshot',
    at: 'SELECT 100',
    sql: 'UPDATE snapshot_page SET data = zeroblob(4096) WHERE step = $at',
  },
  {
    title: 'a missing page of a later snapshot',
    at: 'SELECT 100',
    sql: 'DELETE FROM snapshot_page WHERE step = $at',
  },
  {
    title: 'the last rip',
    at: 'SELECT count(*) FROM step',
    sql: "UPDATE meta SET value = value + 1 WHERE key = 'final_rip'",
  },
];

kvmTest('each alteration of a trace is found at its step', async (t) => {
  const path = await recordSource(LONG, { snapshotEvery: 100 });
  t.is((await replayFile(path)).divergence, undefined);
  for (const { title, at, sql } of ALTERATIONS) {
    const step = ask(path, at);
    const { divergence } = await replayFile(altered(path, sql.replaceAll('$at', String(step))));
    t.is(divergence?.step, step, title);
  }
});

kvmTest('alterations are found in a replay that begins in the middle', async (t) => {
  const path = await recordSource(LONG, { snapshotEvery: 100 });
  const page = altered(path, 'UPDATE snapshot_page SET data = zeroblob(4096) WHERE step = 100');
  t.is((await replayFile(page, { from: 150 })).divergence?.step, 100);
  const register = altered(
    path,
    'UPDATE register_write SET value = value + 1 WHERE register = 0 AND step = (SELECT max(step) FROM register_write WHERE register = 0 AND step < 100)',
  );
  t.is((await replayFile(register, { from: 150 })).divergence?.step, 100);
});

kvmTest('values that nothing has are errors of the file', async (t) => {
  const path = await recordSource(LONG, { snapshotEvery: 100 });
  const wrong: readonly (readonly [sql: string, says: RegExp])[] = [
    ['UPDATE step SET instruction = instruction + (1 << 43) WHERE id = 70', /step 70 ran instruc/],
    ['UPDATE register_write SET step = -5 WHERE step = -1 AND register = 8', /write holds -5/],
    ['UPDATE port_io SET port = port + (1 << 40)', /where a port belongs/],
    ['UPDATE port_io SET size = 3', /where a size of 1, 2 or 4 belongs/],
    ['UPDATE port_io SET count = count + 1', /where a blob of \d+ bytes belongs/],
    ['UPDATE mmio SET size = size + 1', /where a blob of \d bytes belongs/],
    ['UPDATE interruption SET vector = vector + (1 << 33)', /where a vector belongs/],
    ['UPDATE interruption SET error_code = 1 << 32', /where an error code belongs/],
    ['UPDATE memory_slot SET size = size + (1 << 43)', /whole pages, up to 4 GiB belongs/],
    ['UPDATE memory_slot SET size = 4097', /whole pages, up to 4 GiB belongs/],
    ["INSERT INTO memory_slot VALUES (99, 0x1000, 4096, 0, 'ram')", /a slot beyond the one before/],
    ['UPDATE cpuid SET eax = eax + (1 << 40)', /where a 32-bit register of CPUID belongs/],
    ['UPDATE cpuid SET eax = 1 << 34', /where a 32-bit register of CPUID belongs/],
    ["UPDATE register SET name = 'raz' WHERE id = 0", /"raz of 64 bits" where rax of 64 bits/],
    ['UPDATE register SET bits = 32 WHERE id = 0', /where rax of 64 bits/],
    [
      `INSERT INTO cpuid WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
       SELECT i, 0, 0, 0, 0, 0, 0 FROM n`,
      /more than KVM can have/,
    ],
  ];
  for (const [sql, says] of wrong) {
    await t.throwsAsync(replayFile(altered(path, sql)), {
      instanceOf: KvmtraceError,
      message: says,
    });
  }
});

kvmTest('an address of code that a delivery follows', async (t) => {
  const path = await recordSource(LONG);
  const step = ask(path, "SELECT step - 1 FROM interruption WHERE kind = 'fault' LIMIT 1");
  const sql = `UPDATE instruction SET rip = rip + (1 << 44)
               WHERE id = (SELECT instruction FROM step WHERE id = ${step})`;
  const first = ask(
    path,
    `SELECT min(id) FROM step WHERE instruction = (SELECT instruction FROM step WHERE id = ${step})`,
  );
  t.is((await replayFile(altered(path, sql))).divergence?.step, first);
});

kvmTest('a step that is missing is an error of the file', async (t) => {
  const path = await recordSource(LONG);
  const cut = altered(path, 'DELETE FROM step WHERE id = 60');
  await t.throwsAsync(replayFile(cut), { message: /step 60 is missing/ });
});
