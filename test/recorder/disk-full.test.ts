/** A disk that fills up ends the recording; what was committed stays readable. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { Trace } from '../../src/query/trace.js';
import { DISK, runOnFullDisk } from '../helpers/full-disk.js';
import { kvmTest } from '../helpers/kvm.js';

/** Some 30,000 steps. */
const DISK_KIB = 3000;
const MAIN = fileURLToPath(new URL('dist/src/cli/main.js', packageRoot));

kvmTest('a trace that cannot grow ends with what was committed', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-full-'));
  try {
    const output = join(directory, DISK, 't.db');
    const guest = fileURLToPath(new URL('guests/sample/sample.elf', packageRoot));
    const run = runOnFullDisk(directory, DISK_KIB, [MAIN, 'record', guest, '-o', `${DISK}/t.db`]);
    t.is(run.status, 3, run.stderr);
    t.regex(run.stderr, /disk-full/);
    t.notRegex(run.stderr, /\n\s+at /, 'no stack trace');
    using trace = Trace.open(output);
    t.true(trace.stepCount > 1000);
    const complete = trace.query("SELECT value FROM meta WHERE key = 'complete'");
    t.deepEqual([...complete.rows], [[0n]]);
    t.is([...trace.steps(trace.stepCount - 1, 1)].length, 1);
    t.true(trace.state(trace.stepCount).registers().length > 16);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
