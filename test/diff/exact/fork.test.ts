/** A fork (`replay --from N --set … -o`) beside the trace that it goes on from. */
import { dirname, join } from 'node:path';
import { buildGuest, recordBuilt } from '../../helpers/built-guest.js';
import { kvmtrace } from '../../helpers/cli.js';
import { compare, withPair } from '../../helpers/diff-pair.js';
import { kvmTest } from '../../helpers/kvm.js';

/** The step at which the guest reads its first byte of input, and so the state behind it. */
function behindInput(path: string): number {
  return (
    withPair(path, path, ({ a }) => a.file.events.ports(0, a.stepCount)).find(
      ({ direction, port }) => direction === 'in' && port === 0x3f8,
    )!.step + 1
  );
}

kvmTest(
  'a fork and its parent: from the state that it goes on from, --set is the cause',
  async (t) => {
    const parent = await recordBuilt(buildGuest('echo.c'), 'hello 42');
    const other = await recordBuilt(buildGuest('echo.c'), '7ello 42');
    const from = behindInput(parent);
    const fork = join(dirname(parent), 'fork.db');
    const make = (...args: string[]): void => {
      const all = ['replay', parent, '--from', `${from}`, '-o', fork, '--force', ...args];
      t.is(kvmtrace(all).code, 0);
    };
    make();
    t.like(compare(parent, fork), { same: true });
    t.like(compare(fork, parent), { same: true });
    t.like(compare(fork, fork).exact, { same: true, by: 'hashes' });
    t.regex(
      compare(parent, fork).verdict,
      new RegExp(`^same: in state ${from} of a, which b goes`),
    );

    make('--set', 'rax=0x37');
    const { exact } = compare(parent, fork, { all: true });
    t.like(exact.start, { stepA: from, stepB: 0, sets: ['rax=0x37'] });
    const [{ cause, first, branch: decided }] = exact.groups as [(typeof exact.groups)[0]];
    t.like(cause, { kind: 'set', what: 'rax=0x37', a: '0x68', b: '0x37' });
    t.is(first.stepA - first.stepB, from);
    // The same byte read instead of set: the oracle of where it goes.
    const read = compare(parent, other, { all: true }).exact.groups[0]!;
    t.is(decided?.stepA, read.branch?.stepA);
    t.is(decided!.stepB + from, decided!.stepA);
    // The other way round it is the same place.
    const turned = compare(fork, parent, { all: true }).exact;
    t.is(turned.groups[0]!.first.stepB, first.stepA);
    t.is(turned.groups[0]!.cause.kind, 'set');
  },
);
