/** A branch (`replay --from N --set … -o`) beside the trace that it goes on from. */
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
  'a branch and its parent: from the state that it goes on from, --set is the cause',
  async (t) => {
    const parent = await recordBuilt(buildGuest('echo.c'), 'hello 42');
    const other = await recordBuilt(buildGuest('echo.c'), '7ello 42');
    const from = behindInput(parent);
    const branch = join(dirname(parent), 'branch.db');
    const make = (...args: string[]): void => {
      const all = ['replay', parent, '--from', `${from}`, '-o', branch, '--force', ...args];
      t.is(kvmtrace(all).code, 0);
    };
    make();
    t.like(compare(parent, branch), { same: true });
    t.like(compare(branch, parent), { same: true });
    t.like(compare(branch, branch).exact, { same: true, by: 'hashes' });
    t.regex(
      compare(parent, branch).verdict,
      new RegExp(`^same: in state ${from} of a, which b goes`),
    );

    make('--set', 'rax=0x37');
    const { exact } = compare(parent, branch, { all: true });
    t.like(exact.start, { stepA: from, stepB: 0, sets: ['rax=0x37'] });
    const [{ cause, first, branch: decided }] = exact.groups as [(typeof exact.groups)[0]];
    t.like(cause, { kind: 'set', what: 'rax=0x37', a: '0x68', b: '0x37' });
    t.is(first.stepA - first.stepB, from);
    // The same byte read instead of set: the oracle of where it goes.
    const read = compare(parent, other, { all: true }).exact.groups[0]!;
    t.is(decided?.stepA, read.branch?.stepA);
    t.is(decided!.stepB + from, decided!.stepA);
    // The other way round it is the same place.
    const turned = compare(branch, parent, { all: true }).exact;
    t.is(turned.groups[0]!.first.stepB, first.stepA);
    t.is(turned.groups[0]!.cause.kind, 'set');
  },
);
