import type { ExecutionContext } from 'ava';
import { exitName } from '../../src/tracee/exit.js';
import type { PtraceRegs } from '../../src/tracee/ptrace-regs.js';
import { Tracee, type TraceeOptions } from '../../src/tracee/tracee.js';

/** A tracee that is closed with the test. */
export function openTracee(t: ExecutionContext, options?: TraceeOptions): Tracee {
  const tracee = Tracee.open(options);
  t.teardown(() => {
    tracee.close();
  });
  return tracee;
}

/** Where test code goes unless a test says otherwise. */
export const START = 0x7094_1000n;
export const STACK = 0x8_0000n;

/** Writes code to START and points rip at it and rsp at STACK. */
export function prepare(
  tracee: Tracee,
  program: Uint8Array,
  registers: Partial<PtraceRegs> = {},
): void {
  tracee.write(registers.rip ?? START, program);
  tracee.setRegs({ rip: START, rsp: STACK, ...registers });
}

/** Runs once; the exit's name. */
export function run(tracee: Tracee): string {
  tracee.run();
  return exitName(tracee.event().trapno);
}
