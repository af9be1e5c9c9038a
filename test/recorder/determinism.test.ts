/** Recording twice gives the same trace, and so does recording with either way to find written pages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { recordGuest } from '../../src/recorder/record.js';
import { fewer, kvmTest } from '../helpers/kvm.js';

/** What was recorded; `meta` names files and the dirty mode, and snapshots hold nothing else. */
const TABLES = [
  ...['memory_slot', 'symbol', 'register', 'instruction', 'step', 'register_write', 'memory_write'],
  ...['unchanged_page', 'port_io', 'mmio', 'interruption', 'assisted', 'input_value', 'digest'],
  ...['snapshot', 'snapshot_page', 'cpuid'],
];

kvmTest('two recordings, and one with the dirty log, are the same in every table', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-determinism-'));
  try {
    const paths: string[] = [];
    for (const [name, dirty] of [
      ['first', 'ring'],
      ['again', 'ring'],
      ['log', 'log'],
    ] as const) {
      const output = join(directory, `${name}.db`);
      paths.push(output);
      const result = await recordGuest({
        guest: 'guests/sample/sample.elf',
        output,
        format: 'auto',
        force: false,
        dirty,
        fpu: true,
        maxSteps: fewer(50_000),
        snapshotEvery: fewer(20_000),
        onOutput: () => undefined,
      });
      t.is(result.steps, fewer(50_000), result.detail);
    }
    const database = new Sqlite(paths[0]);
    for (const other of paths.slice(1)) {
      database.prepare('ATTACH ? AS other').run(other);
      for (const table of TABLES) {
        const differing = (a: string, b: string): number =>
          database
            .prepare(`SELECT count(*) FROM (SELECT * FROM ${a} EXCEPT SELECT * FROM ${b})`)
            .pluck()
            .get() as number;
        t.is(differing(`main.${table}`, `other.${table}`), 0, `${table} of ${other}`);
        t.is(differing(`other.${table}`, `main.${table}`), 0, `${table} of ${other}`);
      }
      database.exec('DETACH other');
    }
    database.close();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
