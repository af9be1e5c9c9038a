/** Recording twice gives the same trace, and so does recording with either way to find written pages. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordGuest } from '../../src/recorder/record.js';
import { fewer, kvmTest } from '../helpers/kvm.js';
import { differingTables } from '../helpers/same-tables.js';

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
    for (const other of paths.slice(1)) t.deepEqual(differingTables(paths[0]!, other), [], other);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
