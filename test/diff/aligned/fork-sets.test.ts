/** Forks of a recording, of each other and beside each other: what was set is the cause. */
import type { ExecutionContext } from 'ava';
import Sqlite from 'better-sqlite3';
import { join } from 'node:path';
import type { DivergenceGroup, ExactDiff } from '../../../src/diff/exact/result.js';
import { buildGuest, recordBuilt, temporary } from '../../helpers/built-guest.js';
import { kvmtrace } from '../../helpers/cli.js';
import { compare, withPair } from '../../helpers/diff-pair.js';
import { kvmTest } from '../../helpers/kvm.js';

/** A fork of `parent` from state `from` on; returns its path. */
function fork(t: ExecutionContext, parent: string, from: number, ...sets: string[]): string {
  const path = join(temporary(), 'fork.db');
  const changes = sets.flatMap((set) => ['--set', set]);
  const { code, stderr } = kvmtrace([
    'replay',
    parent,
    '--from',
    `${from}`,
    '-o',
    path,
    ...changes,
  ]);
  t.is(code, 0, stderr);
  return path;
}

function causesOf(a: string, b: string): string[] {
  const { groups } = compare(a, b, { all: true }).exact;
  return [...new Set(groups.map(({ cause }) => `${cause.kind} ${cause.what}`))];
}

/** The first of what `set`, which must be the only cause, makes different; in either order. */
function causeOf(t: ExecutionContext, a: string, b: string, set: string): DivergenceGroup {
  const { exact } = compare(a, b, { all: true });
  const turned = compare(b, a, { all: true }).exact;
  for (const { groups } of [exact, turned]) {
    t.deepEqual(
      [...new Set(groups.map(({ cause }) => `${cause.kind} ${cause.what}`))],
      [`set ${set}`],
    );
  }
  t.is(turned.groups[0]!.first.stepA, exact.groups[0]!.first.stepB);
  t.is(turned.groups[0]!.first.stepB, exact.groups[0]!.first.stepA);
  return exact.groups[0]!;
}

/** States before which the guest runs the instruction at `where`, and its address in memory. */
function statesAt(path: string, where: RegExp): number[] {
  return withPair(path, path, ({ a }) => {
    const steps = Array.from({ length: a.stepCount }, (_, step) => step);
    return steps.filter((step) => where.test(a.place(a.instruction(step)!.address)));
  });
}

function symbol(path: string, name: string): number {
  const database = new Sqlite(path, { readonly: true });
  try {
    return database
      .prepare('SELECT address FROM symbol WHERE name = ?')
      .pluck()
      .get(name) as number;
  } finally {
    database.close();
  }
}

kvmTest('--set of memory, rflags and rip', async (t) => {
  const parent = await recordBuilt(buildGuest('echo.c'), 'hello 42 world');
  const [, , from] = statesAt(parent, /^classify$/) as [number, number, number];

  const counts = symbol(parent, 'counts');
  const memory = `[0x${counts.toString(16)}]=07`;
  const byMemory = causeOf(t, parent, fork(t, parent, from, memory), memory);
  t.like(byMemory.cause, { stepA: from - 1, stepB: -1 });

  // The carry decides what `ja` or `jbe` does after the comparison.
  const compared = statesAt(parent, /^classify\+/).find(
    (state) =>
      /^j/.test(withPair(parent, parent, ({ a }) => a.instruction(state)!.text)) && state > from,
  )!;
  const flags = withPair(parent, parent, ({ a }) => a.state(compared).register('rflags'))!;
  const flipped = `rflags=0x${(flags ^ 0x41n).toString(16)}`;
  const byFlags = causeOf(t, parent, fork(t, parent, compared, flipped), flipped);
  t.is(byFlags.branch!.stepA, compared);
  t.is(byFlags.branch!.stepB, 0);

  // Straight to the end of the function, which then returns what eax has.
  const end = statesAt(parent, /^classify\+/).findLast((state) => state > 0)!;
  const back = withPair(parent, parent, ({ a }) => a.instruction(end)!);
  const rip = `rip=0x${back.rip.toString(16)}`;
  const byRip = causeOf(t, parent, fork(t, parent, from, rip), rip);
  t.is(byRip.cause.stepA, from - 1);
  t.like(byRip.first.differences[0], { kind: 'control', b: back.rip });
  t.like(compare(parent, fork(t, parent, from, rip)).exact.initial[0], { name: 'rip' });
});

kvmTest('a fork of a fork, and forks beside each other', async (t) => {
  const parent = await recordBuilt(buildGuest('echo.c'), 'hello 42 world');
  const states = statesAt(parent, /^classify$/);
  const from = states[1]!;
  const child = fork(t, parent, from, 'rdi=0x39');
  causeOf(t, parent, child, 'rdi=0x39');
  const later = statesAt(child, /^classify$/)[2]!;
  const grandchild = fork(t, child, later, 'rdi=0x7a');
  const { first } = causeOf(t, child, grandchild, 'rdi=0x7a');
  t.is(first.stepA - first.stepB, later);
  t.true(compare(child, fork(t, child, later)).same);

  const sibling = fork(t, parent, from, 'rdi=0x41');
  t.deepEqual(causesOf(child, sibling), ['set rdi=0x39 | rdi=0x41']);
  t.deepEqual(causesOf(sibling, child), ['set rdi=0x41 | rdi=0x39']);
  const younger = fork(t, parent, states[4]!);
  // From where the younger one begins, the elder one has the same ahead of it.
  const same = compare(fork(t, parent, from), younger).exact;
  t.like(same, { same: true, start: { stepA: states[4]! - from, stepB: 0 } } as Partial<ExactDiff>);
});

kvmTest('a fork from any state hashes its steps in its parent’s chunks', async (t) => {
  const parent = await recordBuilt(buildGuest('late.c'), 'a');
  for (const from of [1, 1023, 1500, 2048, 5001]) {
    const path = fork(t, parent, from);
    t.like(compare(parent, path), { same: true });
    const database = new Sqlite(parent, { readonly: true });
    try {
      database.prepare('ATTACH ? AS b').run(path);
      const [shared, all] = ['b.digest.chunk = p.chunk', 'true'].map((condition) =>
        database
          .prepare(
            `SELECT count(*) FROM b.digest JOIN main.digest AS p ON p.step = b.digest.step + ?
             WHERE b.digest.step > 0 AND p.step > ? + 1023 AND ${condition}`,
          )
          .pluck()
          .get(from, from),
      );
      t.true((shared as number) > 5);
      t.is(shared, all);
    } finally {
      database.close();
    }
    // Twice the same fork: by the hashes alone.
    t.is(compare(path, fork(t, parent, from)).exact.same, true);
  }
});
