/** Arguments that are no steps and no memory: NaN and such would be bound as NULL and find nothing. */
import { hex } from '../base/number-text.js';
import { inputError } from '../base/errors.js';
import type { PhysicalRange } from './last-writes.js';

/** @throws KvmtraceError (exit code 2) for what is no number of a step, which are 0 and up */
export function checkStep(name: string, step: number): void {
  if (Number.isSafeInteger(step) && step >= 0) return;
  throw inputError(`${name} is ${step}: steps are non-negative integers.`);
}

/** @throws KvmtraceError (exit code 2) for what does not count executions, of which the first is 1 */
export function checkOrdinal(name: string, n: number): void {
  if (Number.isSafeInteger(n) && n >= 1) return;
  throw inputError(`${name} is ${n}: executions are counted from 1.`);
}

/** @throws KvmtraceError (exit code 2) for an address or length that is none */
export function checkRange({ gpa, length }: PhysicalRange): void {
  if (!Number.isSafeInteger(gpa) || gpa < 0) {
    throw inputError(`${gpa} is no physical address: give a non-negative integer.`);
  }
  if (!Number.isSafeInteger(length) || length < 1 || !Number.isSafeInteger(gpa + length)) {
    throw inputError(`${length} bytes at ${hex(gpa)}: give a positive integer.`);
  }
}
