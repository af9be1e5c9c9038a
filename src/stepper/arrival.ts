/** Where the vCPU stands when an instruction has retired. */
import { wide } from '../base/halves.js';
import { CS, RSP } from '../machine/register-words.js';
import { Flow } from '../x86/instruction-class.js';
import type { Code } from './code-cache.js';
import type { ExpectedRip } from './expected-rip.js';

/**
 * Whether the stack pointer is where the instruction puts it. A handler whose first instruction
 * jumps to right behind the one that faulted leaves rip as that would have, but not rsp.
 */
export function stackMovedAs(code: Code, words: Int32Array, before: Int32Array): boolean {
  const { stackDelta } = code.class;
  // 16 bits are enough to tell a frame from none, and all that a 16-bit stack moves.
  return stackDelta === undefined || ((words[RSP]! - before[RSP]! - stackDelta) & 0xffff) === 0;
}

/** An IRET to itself: its end looks like its beginning. */
export function returnsToItself(code: Code, { low, high }: ExpectedRip): boolean {
  const toItself = low[0] === code.ripLow && high[0] === code.ripHigh;
  return code.class.flow === Flow.interruptReturn && toItself;
}

/** The linear address at which an instruction that takes no single-step trap has retired. */
export function addressAfter(code: Code, expected: ExpectedRip, words: Int32Array): bigint {
  const { low, high, count, task } = expected;
  if (task !== undefined) return task;
  const rip = count === 0 ? 0n : wide(low[0]!, high[0]!);
  return code.mode === 64 ? rip : BigInt.asUintN(32, rip + codeBase(code, words));
}

/** The linear address behind an instruction. */
export function linearNext(code: Code, words: Int32Array): bigint {
  return wide(code.nextLow, code.nextHigh) + codeBase(code, words);
}

/** 64-bit code has no segment base (SDM vol. 3, 3.2.4). */
function codeBase(code: Code, words: Int32Array): bigint {
  return code.mode === 64 ? 0n : BigInt(words[CS]! >>> 0);
}
