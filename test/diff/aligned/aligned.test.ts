/** Pairs of builds whose true difference is known. */
import { diffTraces, type DiffResult } from '../../../src/diff/diff.js';
import { Side } from '../../../src/diff/side.js';
import { placeOf as place, recordBuild, type BuildsResult } from '../../helpers/builds.js';
import { kvmTest } from '../../helpers/kvm.js';

async function record(flags: readonly string[], strip = false): Promise<string> {
  return recordBuild('shop.c', flags, { strip });
}

/** Step by step, too. */
function compare(a: string, b: string): DiffResult & BuildsResult {
  using sideA = new Side(a);
  using sideB = new Side(b);
  const result = diffTraces({ a: sideA, b: sideB });
  return { ...result, aligned: result.aligned! };
}

kvmTest('an inserted call: the call appears, nothing else differs', async (t) => {
  const { aligned, same } = compare(await record(['-O2']), await record(['-O2', '-DEXTRA_CALL']));
  t.false(same);
  t.is(aligned.by, 'symbols');
  t.deepEqual(aligned.calls, [{ caller: 'sell', callee: 'audit', a: 0, b: 12 }]);
  t.is(aligned.flow, undefined);
  t.deepEqual(aligned.outputs.differences, []);
  t.deepEqual(aligned.memory!.differences, [], 'pointers that moved are equal');
  t.deepEqual(aligned.memory!.onlyB, ['audits']);
  const changed = aligned.functions.filter(({ codeChanged }) => codeChanged);
  t.deepEqual(changed.map(({ name }) => name).sort(), ['audit', 'sell']);
});

kvmTest('an inlined function: it vanishes, and control goes no other way', async (t) => {
  const { aligned } = compare(await record(['-O2']), await record(['-O2', '-DINLINE_PRICE']));
  t.deepEqual(aligned.calls, [{ caller: 'sell', callee: 'price_of', a: 12, b: 0 }]);
  t.is(aligned.flow, undefined);
  t.deepEqual(aligned.outputs.differences, []);
  t.deepEqual(aligned.memory!.differences, []);
});

kvmTest('a changed constant: the branch that it decides, the output, the total', async (t) => {
  const a = await record(['-O2']);
  const b = await record(['-O2', '-DLIMIT=21']);
  const { aligned, exact } = compare(a, b);
  const branch = place(a, aligned.flow?.decisionA);
  t.regex(branch, /^price_of/);
  t.is(place(b, aligned.flow?.decisionB), branch);
  t.is(aligned.outputs.differences.length, 1);
  t.is(aligned.outputs.differences[0]!.address, 0xe9);
  t.deepEqual(
    aligned.memory!.differences.map(({ name }) => name),
    ['total'],
  );
  t.is(exact!.groups[0]!.cause.kind, 'initial-memory');
  t.regex(place(a, exact!.groups[0]!.first.stepA), /^price_of/);
  t.is(exact!.groups[0]!.branch!.stepA, aligned.flow!.decisionA!);
});

kvmTest('registers renamed by a flag: same output, same calls, same ways', async (t) => {
  const { aligned } = compare(
    await record(['-O2']),
    await record(['-O2', '-ffixed-rsi', '-ffixed-r11']),
  );
  t.deepEqual(aligned.outputs.differences, []);
  t.deepEqual(aligned.calls, []);
  t.is(aligned.flow, undefined);
  t.deepEqual(aligned.memory!.differences, []);
  t.true(aligned.coverage > 0.8);
});

kvmTest('-O1 against -O2: same output and calls, other code', async (t) => {
  const { aligned, verdict, same } = compare(await record(['-O1']), await record(['-O2']));
  t.false(same);
  t.deepEqual(aligned.outputs.differences, []);
  t.deepEqual(aligned.calls, []);
  t.is(aligned.flow, undefined);
  t.deepEqual(aligned.memory!.differences, []);
  t.true(aligned.functions.some(({ name, codeChanged }) => name === 'write_number' && codeChanged));
  t.regex(verdict, /^different: same output, \d+ -> \d+ steps/);
});

kvmTest('without symbols the code itself is aligned, and that is said', async (t) => {
  const { aligned } = compare(
    await record(['-O2'], true),
    await record(['-O2', '-DEXTRA_CALL'], true),
  );
  t.is(aligned.by, 'code');
  t.deepEqual(
    aligned.calls.map(({ a, b }) => [a, b]),
    [[0, 12]],
  );
  t.deepEqual(aligned.outputs.differences, []);
  t.is(aligned.memory, undefined);
});

kvmTest('in either order the same functions differ at the same place', async (t) => {
  const a = await record(['-O2']);
  const b = await record(['-O2', '-DLIMIT=21']);
  const ab = compare(a, b).aligned;
  const ba = compare(b, a).aligned;
  t.is(ab.flow!.decisionA, ba.flow!.decisionB);
  t.is(ab.flow!.decisionB, ba.flow!.decisionA);
  t.deepEqual(
    ab.functions.map(({ name }) => name).sort(),
    ba.functions.map(({ name }) => name).sort(),
  );
});
