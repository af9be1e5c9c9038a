/** What doctor finds of a healthy KVM for AMD's processors: all of it, as the emulated host has one. */
import { examineKvm } from '../../src/doctor/examine.js';
import { matchesGolden } from '../helpers/golden.js';
import { emulatedTest, sharedHost } from '../kvm/host/emulated-test.js';

emulatedTest('doctor knows every behaviour of kvm_amd', (t) => {
  const { kind, groups, instructions } = examineKvm(sharedHost);
  t.is(kind.kind, 'svm');
  const lines = groups.flatMap(({ name, results }) => [
    name,
    ...results.map(({ id, mode, judgement, code }) => `  ${id} (${mode}): ${judgement}, ${code}`),
  ]);
  const tried = instructions.map(
    ({ mode, mnemonic, outcome }) => `  ${mnemonic} (${mode}): ${outcome}`,
  );
  matchesGolden(t, 'stepper/doctor-svm.txt', [...lines, 'Instructions', ...tried, ''].join('\n'));
  t.deepEqual(
    lines.filter((line) => line.includes('unknown')),
    [],
  );
});
