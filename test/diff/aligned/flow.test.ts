/** Where control really parts, and where code alone differs: builds whose true difference is known. */
import { compareBuilds, placeOf, recordBuild, type BuildsResult } from '../../helpers/builds.js';
import { kvmTest } from '../../helpers/kvm.js';

const LEVELS = ['-O0', '-O1', '-O2', '-O3', '-Os'];

/** The functions in which both decide otherwise. */
function parting(a: string, b: string, { aligned: { flow } }: BuildsResult): string[] {
  if (flow === undefined) return [];
  const functionOf = (path: string, step: number): string => placeOf(path, step).split('+')[0]!;
  return [functionOf(a, flow.decisionA ?? flow.stepA), functionOf(b, flow.decisionB ?? flow.stepB)];
}

kvmTest('a call that was inserted early appears, and is not another way', async (t) => {
  const a = await recordBuild('desk.c');
  const b = await recordBuild('desk.c', ['-O2', '-DBANNER']);
  const { aligned } = compareBuilds(a, b);
  t.is(aligned.flow, undefined);
  t.is(aligned.lost, undefined);
  const appeared = aligned.calls.filter((each) => each.a === 0);
  t.deepEqual(appeared, [{ caller: 'main', callee: 'banner', a: 0, b: 1 }]);
  t.is(compareBuilds(b, a).aligned.flow, undefined);
});

kvmTest('a bound that changed is found behind a call that was inserted early', async (t) => {
  const a = await recordBuild('desk.c');
  const b = await recordBuild('desk.c', ['-O2', '-DBANNER', '-DROUNDS=13']);
  t.deepEqual(parting(a, b, compareBuilds(a, b)), ['crunch', 'crunch']);
  t.deepEqual(parting(b, a, compareBuilds(b, a)), ['crunch', 'crunch']);
});

kvmTest('from one optimization to another control goes no other way', async (t) => {
  for (const source of ['desk.c', 'shop.c']) {
    const builds = await Promise.all(LEVELS.map((level) => recordBuild(source, [level])));
    for (const [i, a] of builds.entries()) {
      for (const [j, b] of builds.entries()) {
        if (i === j) continue;
        const { aligned } = compareBuilds(a, b);
        t.is(aligned.flow, undefined, `${source} ${LEVELS[i]!} ${LEVELS[j]!}`);
      }
    }
  }
});

kvmTest('a changed comparison is found in code that another optimization rewrote', async (t) => {
  for (const [source, flag, where] of [
    ['desk.c', '-DLESS=<=', 'sort'],
    ['shop.c', '-DLIMIT=21', 'price_of'],
  ] as const) {
    const a = await recordBuild(source, ['-O1']);
    const b = await recordBuild(source, ['-O2', flag]);
    t.deepEqual(parting(a, b, compareBuilds(a, b)), [where, where], source);
    t.deepEqual(parting(b, a, compareBuilds(b, a)), [where, where], source);
  }
});

kvmTest('most of what -O1 runs has a counterpart at -O2, and in -Os', async (t) => {
  const [low, high, small] = [
    await recordBuild('desk.c', ['-O1']),
    await recordBuild('desk.c', ['-O2']),
    await recordBuild('desk.c', ['-Os']),
  ];
  const covered = (a: string, b: string): number => compareBuilds(a, b).aligned.coverage;
  for (const [a, b] of [[low, high], [high, low], [low, small], [high, small]] as const) t.true(covered(a, b) > 0.6, String(covered(a, b))); // prettier-ignore
});
