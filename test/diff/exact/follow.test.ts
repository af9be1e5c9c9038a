/** Following a difference: how far, and what is kept of its way. */
import test from 'ava';
import type { RootCause } from '../../../src/diff/dataflow/cause.js';
import { DifferingMemory } from '../../../src/diff/dataflow/differing-memory.js';
import { TaintEdges, pathTo, type TaintEdge } from '../../../src/diff/dataflow/taint-edges.js';
import { buildGuest, recordBuilt } from '../../helpers/built-guest.js';
import { compare, place } from '../../helpers/diff-pair.js';
import { kvmTest } from '../../helpers/kvm.js';

kvmTest('the first branch is found behind any number of steps that did the same', async (t) => {
  const guest = buildGuest('late.c');
  const [a, b] = [await recordBuilt(guest, 'a'), await recordBuilt(guest, 'b')];
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    // Far fewer steps than lie between.
    const { exact } = compare(one, other, { follow: 4000 });
    const [group] = exact.groups;
    t.like(group!.cause, { kind: 'input', what: 'port 0x3f8' });
    t.true(group!.branch!.stepA - group!.first.stepA > 12_000);
    t.regex(place(one, group!.branch!.stepA), /^main/);
    t.is(exact.followedTo, group!.branch!.stepA);
  }
});

kvmTest('what differs no more is not followed to the end', async (t) => {
  const guest = buildGuest('late.c', { flags: ['-O1', '-DFORGET'] });
  const { exact } = compare(await recordBuilt(guest, 'a'), await recordBuilt(guest, 'b'));
  t.is(exact.groups.length, 1);
  t.is(exact.groups[0]!.branch, undefined);
  t.true(exact.followedTo! < 8000);
});

kvmTest('a loop makes the way to the branch no longer', async (t) => {
  const guest = buildGuest('late.c', { flags: ['-O2', '-DCHAIN'] });
  const a = await recordBuilt(guest, 'a');
  const { exact } = compare(a, await recordBuilt(guest, 'b'), { all: true });
  const [group] = exact.groups;
  const { path, stepA } = group!.branch!;
  t.true(group!.steps > 10_000);
  t.true(path.length < 60, `${path.length} steps`);
  t.is(path[0]!.stepA, group!.cause.stepA);
  t.is(path.at(-1)!.stepA, stepA);
  t.true(path.every((step, i) => i === 0 || step.stepA > path[i - 1]!.stepA));
});

const at = (step: number) => ({ stepA: step, stepB: step });
const root = (id: number, ignored = false): RootCause => ({
  ...{ id, ignored },
  cause: { kind: 'input', ...at(id), what: 'tsc', a: '', b: '' },
});

test('ways: one edge for each cause and instruction, the newest step of each', (t) => {
  const edges = new TaintEdges();
  let edge: TaintEdge = edges.begin(root(1), at(10));
  for (let step = 11; step < 1000; step++) edge = edges.carry(edge, step % 3, at(step));
  t.deepEqual(
    pathTo(edge).map(({ stepA }) => stepA),
    [10, 998, 999],
  );
});

test('memory that differs: bytes come and go, doubts are settled when asked', (t) => {
  const memory = new DifferingMemory();
  const edges = new TaintEdges();
  const [late, early] = [edges.begin(root(7), at(7)), edges.begin(root(3), at(3))];
  const never = (): never => t.fail();
  memory.set(0x10_00ff, late);
  memory.set(0x10_0100, early);
  t.is(memory.in(0x10_00f0, 0x10, never), late);
  t.is(memory.in(0x10_00f0, 0x20, never), early);
  t.is(memory.in(0x10_0101, 0x1000, never), undefined);
  memory.doubt();
  const equal = (): [Uint8Array, Uint8Array] => [new Uint8Array(256), new Uint8Array(256)];
  const ones = (): [Uint8Array, Uint8Array] => [new Uint8Array(256), new Uint8Array(256).fill(1)];
  t.is(memory.in(0x10_0100, 1, equal), undefined);
  t.is(memory.size, 1);
  t.is(memory.in(0x10_00ff, 1, ones), late);
  t.false(memory.isEmpty(10, never));
  memory.delete(0x10_00ff);
  t.true(memory.isEmpty(10, never));
});

test('memory that differs: more than is kept has one cause to blame', (t) => {
  const memory = new DifferingMemory();
  const edge = new TaintEdges().begin(root(1), at(1));
  for (let i = 0; i < 70_000; i++) memory.set(i * 256, edge);
  t.is(memory.beyond, edge);
  t.true(memory.size <= 65_536);
});
