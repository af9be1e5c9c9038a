/** A disk that fills up ends the recording; what was committed stays readable. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Trace } from '../../src/query/trace.js';
import { kvmEmulated, kvmTest } from '../helpers/kvm.js';

/** Blocks of 512 or 1024 bytes, as the shell has it, after which writes fail as on a full disk. */
const LIMIT_BLOCKS = 3000;
const WITH_SMALL_FILES = [
  ...['bash', '-c', `trap '' XFSZ; ulimit -f ${LIMIT_BLOCKS}; exec "$0" "$@"`],
] as const;
/** The memory of the emulated machine is a file, too: there a disk is small, which nobody else sees. */
const ON_SMALL_DISK = [
  ...['unshare', '-rm', 'bash', '-c'],
  `mkdir "$DIRECTORY/disk" && mount -t tmpfs -o size=3m none "$DIRECTORY/disk"
   "$0" "\${@/#"$DIRECTORY"/"$DIRECTORY/disk"}"
   status=$?
   cp "$DIRECTORY"/disk/t.db* "$DIRECTORY"
   exit $status`,
] as const;

kvmTest('a trace that cannot grow ends with what was committed', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-full-'));
  try {
    const output = join(directory, 't.db');
    const [program, ...script] = kvmEmulated ? ON_SMALL_DISK : WITH_SMALL_FILES;
    const cli = ['dist/src/cli/main.js', 'record', 'guests/sample/sample.elf', '-o', output];
    const run = spawnSync(program, [...script, process.execPath, ...cli], {
      encoding: 'utf8',
      env: { ...process.env, DIRECTORY: directory },
    });
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
