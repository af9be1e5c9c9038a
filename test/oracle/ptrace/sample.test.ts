/** The sample guest, whole, against the CPU itself. */
import { withDirectory } from '../helpers/build.js';
import { record } from '../helpers/record.js';
import { longTest } from '../../helpers/kvm.js';
import { OracleTrace } from '../helpers/trace.js';
import { compareWithProcess } from './compare.js';
import { buildStepper } from './run.js';

longTest('every state of the sample guest is that of a process on the CPU', async (t) => {
  await withDirectory(async (directory) => {
    const result = await record('guests/sample/sample.elf', directory);
    t.is(result.stopReason, 'debug-exit', result.detail);
    using trace = new OracleTrace(result.trace);
    const compared = await compareWithProcess(trace, buildStepper(directory), directory);
    t.deepEqual(compared.differences, []);
    t.is(compared.states, result.steps + 1);
    t.log(`${result.steps} steps: rip, 16 registers, flags and RAM equal`);
  });
});
