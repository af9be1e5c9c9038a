/** Which function and which variable of one build is which of the other. */
import { changedCode, compareBuilds, recordBuild } from '../../helpers/builds.js';
import { kvmTest } from '../../helpers/kvm.js';

kvmTest('static functions and variables of one name are told apart by what they do', async (t) => {
  const a = await recordBuild(['twins_main.c', 'twins_a.c', 'twins_b.c']);
  const b = await recordBuild(['twins_main.c', 'twins_b.c', 'twins_a.c']);
  for (const { aligned, same } of [compareBuilds(a, b), compareBuilds(b, a)]) {
    t.true(same, 'only the order in which they were linked differs');
    t.is(aligned.coverage, 1);
    t.true(aligned.all.some(({ name }) => name === 'helper#2'));
  }
});

kvmTest('a copy for constant arguments is the function that it was made of', async (t) => {
  const whole = await recordBuild('copies.c', ['-O2', '-fno-ipa-cp']);
  const copy = await recordBuild('copies.c', ['-O2', '-fipa-cp']);
  for (const { aligned } of [compareBuilds(whole, copy), compareBuilds(copy, whole)]) {
    t.deepEqual(aligned.all.map(({ name }) => name).sort(), ['_start', 'main', 'scale']);
    t.deepEqual(aligned.calls, []);
  }
});

for (const [mode, flags, options] of [
  ['64', ['-O2'], {}],
  ['32', ['-O2', '-m32'], { start: 'test/diff/guests/start32.S' }],
] as const) {
  kvmTest(`pointers that moved with the layout are equal, ${mode} bits`, async (t) => {
    const a = await recordBuild('pointers.c', flags, options);
    const b = await recordBuild('pointers.c', [...flags, '-DPAD'], options);
    for (const result of [compareBuilds(a, b), compareBuilds(b, a)]) {
      t.deepEqual(result.aligned.memory!.differences, []);
      t.deepEqual(changedCode(result), ['main', 'pad']);
    }
    const other = await recordBuild(
      'pointers.c',
      [...flags, '-DPAD', '-DNUMBER=0x123456'],
      options,
    );
    const found = compareBuilds(a, other).aligned.memory!.differences;
    t.deepEqual(found.map(({ name, bytes }) => [name, bytes]), [['number', 3]]); // prettier-ignore
  });
}
