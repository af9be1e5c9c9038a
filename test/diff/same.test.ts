/** The verdict, `same` and the exit code agree, whatever the mode. */
import type { DiffMode } from '../../src/diff/diff.js';
import { jsonReport } from '../../src/views/diff/document.js';
import { textReport } from '../../src/report/diff/text.js';
import { diffTraces } from '../../src/diff/diff.js';
import { buildGuest, recordBuilt } from '../helpers/built-guest.js';
import { withPair } from '../helpers/diff-pair.js';
import { kvmTest } from '../helpers/kvm.js';

const MODES: readonly DiffMode[] = ['auto', 'exact', 'aligned', 'both'];
const PLAIN = { strong: String, faint: String, change: String };

function verdicts(a: string, b: string): Record<string, boolean> {
  return withPair(a, b, (pair) =>
    Object.fromEntries(
      MODES.map((mode) => {
        const result = diffTraces(pair, { mode });
        const { verdict, same, passed } = result;
        const json = jsonReport(pair, result);
        const [first] = textReport(pair, result, PLAIN);
        const answers = new Set([verdict.startsWith('same: '), same, passed]);
        if (answers.size !== 1 || json['same'] !== same || json['passed'] !== same) {
          throw new Error(`${mode}: same is ${same}, passed ${passed}: ${verdict}`);
        }
        if (!verdict.startsWith(first!)) throw new Error(`${mode}: ${first!}`);
        return [mode, same];
      }),
    ),
  );
}

kvmTest(
  'two builds with nothing but moved addresses are the same, by steps they are not',
  async (t) => {
    const flags = ['-O2', '-fno-toplevel-reorder'];
    const plain = await recordBuilt(buildGuest('two-objects.c', { flags }));
    const moved = await recordBuilt(buildGuest('two-objects.c', { flags: [...flags, '-DPAD'] }));
    const other = await recordBuilt(buildGuest('two-objects.c', { flags: [...flags, '-DOTHER'] }));
    const expected = { auto: true, exact: false, aligned: true, both: true };
    t.deepEqual(verdicts(plain, moved), expected);
    t.deepEqual(verdicts(moved, plain), expected);
    const nowhere = { auto: false, exact: false, aligned: false, both: false };
    t.deepEqual(verdicts(plain, other), nowhere);
    const cut = await recordBuilt(buildGuest('two-objects.c', { flags }), '', 20);
    t.deepEqual(verdicts(plain, cut), nowhere);
  },
);
