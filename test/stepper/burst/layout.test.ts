/** native/burst.h and layout.ts are the same, as far as a compiler can tell. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test, { type ImplementationFn } from 'ava';
import { packageRoot } from '../../../src/base/package-root.js';
import { BURST_VERSION } from '../../../src/kvm/host/burst-loop.js';
import { EXIT } from '../../../src/kvm/abi/exit-reason.js';
import { RUN_OFFSET } from '../../../src/kvm/run-page.js';
import * as layout from '../../../src/stepper/burst/layout.js';
import { EventKind } from '../../../src/trace/format/events.js';
import { skipTest } from '../../helpers/skip.js';

const directory = fileURLToPath(new URL('native/', packageRoot));
const hasCompiler = spawnSync('cc', ['--version']).status === 0;

/** A test of C, or of what has been compiled. */
function nativeTest(isThere: boolean, title: string, run: ImplementationFn<[]>): void {
  if (isThere) test(title, run);
  else skipTest('no C compiler, or npm run build had none', title, run);
}

function offsets(struct: string, fields: Readonly<Record<string, number>>): string[] {
  return Object.entries(fields).map(
    ([field, offset]) => `__builtin_offsetof(struct ${struct}, ${field}) == ${offset}`,
  );
}

function named(prefix: string, values: Readonly<Record<string, number>>): string[] {
  return Object.entries(values).map(([name, value]) => `${prefix}_${name} == ${value}`);
}

nativeTest(hasCompiler, 'TypeScript and C mean the same by a request', (t) => {
  const { REQUEST, CODE, OPERAND, SLOT, STORE } = layout;
  const facts = [
    ...offsets('burst', REQUEST),
    ...offsets('burst_code', CODE),
    ...offsets('burst_operand', OPERAND),
    ...offsets('burst_slot', SLOT),
    ...offsets('burst_store', STORE),
    `sizeof(struct burst_code) == ${layout.CODE_BYTES}`,
    `sizeof(struct burst_operand) == ${layout.OPERAND_BYTES}`,
    `sizeof(struct burst_slot) == ${layout.SLOT_BYTES}`,
    `sizeof(struct burst_store) == ${layout.STORE_BYTES}`,
    `sizeof((struct burst *)0)->regs == ${layout.REGS_WORDS * 4}`,
    ...named('BURST', layout.FLOW),
    ...named('BURST', layout.ACCESS),
    ...named('BURST', layout.END),
    `BURST_NONE == ${layout.NONE}`,
    `BURST_ANY_DELTA == ${layout.ANY_DELTA}l`,
    `BURST_PROBES == ${layout.PROBES}`,
    `BURST_OPERANDS == ${layout.MAX_OPERANDS}`,
    `BURST_STORE_BYTES == ${layout.MAX_STORE_BYTES}`,
    `BURST_VERSION == ${BURST_VERSION}`,
    // Of burst.c: what it takes from KVM's headers and from the trace's format.
    `RUN_EXIT_REASON == ${RUN_OFFSET.exitReason}`,
    `RUN_REGS == ${RUN_OFFSET.regs}`,
    `RUN_SREGS == ${RUN_OFFSET.sregs}`,
    `KVM_EXIT_DEBUG == ${EXIT.KVM_EXIT_DEBUG}`,
    `KVM_EXIT_DIRTY_RING_FULL == ${EXIT.KVM_EXIT_DIRTY_RING_FULL}`,
    `EVENT_STEP == ${EventKind.step}`,
    `EVENT_MEMORY == ${EventKind.memory}`,
    `EVENT_PAGE == ${EventKind.page}`,
  ];
  const checks = facts.map((fact) => `_Static_assert(${fact}, "${fact}");`);
  const { status, stderr } = spawnSync('cc', ['-I', directory, '-fsyntax-only', '-x', 'c', '-'], {
    input: ['#include "burst.c"', ...checks].join('\n'),
    encoding: 'utf8',
  });
  t.is(status, 0, stderr);
});

const library = fileURLToPath(new URL('dist/native/burst.so', packageRoot));

nativeTest(existsSync(library), 'the loop needs no libc', (t) => {
  const { stdout } = spawnSync('nm', ['-D', '--undefined-only', library], { encoding: 'utf8' });
  t.is(stdout, '');
  t.is(readFileSync(library).subarray(0, 4).toString('latin1'), '\x7fELF');
});
