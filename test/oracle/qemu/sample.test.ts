/** The sample guest against QEMU's TCG. */
import { withDirectory } from '../helpers/build.js';
import { record } from '../helpers/record.js';
import { OracleTrace } from '../helpers/trace.js';
import { qemuTest } from './qemu-test.js';
import { compareWithLog } from './compare.js';
import { runInQemu } from './machine.js';

/** The whole guest would be 1.8 GB of log. */
const STEPS = 300_000;

qemuTest('the sample guest runs as in QEMU', async (t) => {
  await withDirectory(async (directory) => {
    const result = await record('guests/sample/sample.elf', directory, { maxSteps: STEPS });
    using trace = new OracleTrace(result.trace);
    const compared = await compareWithLog(trace, runInQemu(trace, directory).entries);
    t.deepEqual(compared.differences, []);
    t.is(compared.states, STEPS + 1);
    t.log(`${compared.states} states equal`);
  });
});
