/** The sample guest against QEMU's TCG. */
import { withDirectory } from '../helpers/build.js';
import { record } from '../helpers/record.js';
import { fewer } from '../../helpers/kvm.js';
import { compareRecording } from './check.js';
import { qemuTest } from './qemu-test.js';

/** The whole guest is 1.9 GB of log and takes a minute on a free machine: not at every test run. */
const WHOLE = process.env['KVMTRACE_ORACLE_WHOLE'] === '1';
const STEPS = fewer(400_000);

qemuTest('the sample guest runs as in QEMU', async (t) => {
  await withDirectory(async (directory) => {
    const guest = 'guests/sample/sample.elf';
    const result = await record(guest, directory, WHOLE ? {} : { maxSteps: STEPS });
    await compareRecording(t, result, directory, { stop: WHOLE ? 'debug-exit' : 'max-steps' });
  });
});
