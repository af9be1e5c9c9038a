/** Instructions around an address, for a debugger's disassembly view. */
import type { State } from '../query/state.js';
import type { Trace } from '../query/trace.js';
import {
  formatInstruction,
  MAX_INSTRUCTION_BYTES,
  withInstruction,
  type Mode,
} from '../x86/iced.js';

/** An instruction of the disassembly view: its linear address, its bytes and its text. */
export interface ShownInstruction {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/**
 * `count` instructions in order, the first of them `offset` instructions from that at an address. They
 * are those in the memory of a state. Backwards, where instructions begin is taken from what was executed;
 * undefined stands for those that nothing is known of.
 */
export function instructionsAround(
  trace: Trace,
  state: State,
  address: bigint,
  offset: number,
  count: number,
): (ShownInstruction | undefined)[] {
  const mode = state.instruction?.mode ?? 64;
  const after = decodeFrom(state, mode, address, Math.max(0, offset + count));
  if (offset >= 0) return padded(after.slice(offset), count, 'end');
  const before = decodeUpTo(trace, state, mode, address, -offset);
  const all = [...padded(before.slice(offset), -offset, 'start'), ...padded(after, count, 'end')];
  return all.slice(0, count);
}

/** Instructions in front of an address, from one on that was executed so many before it. */
function decodeUpTo(
  trace: Trace,
  state: State,
  mode: Mode,
  address: bigint,
  count: number,
): ShownInstruction[] {
  const { rows } = trace.query(
    `SELECT DISTINCT address FROM instruction WHERE address < ${BigInt.asIntN(64, address)}
     ORDER BY address DESC LIMIT ${count}`,
  );
  const executed = [...rows].map(([each]) => BigInt.asUintN(64, each as bigint));
  const found: ShownInstruction[] = [];
  for (const [i, start] of executed.reverse().entries()) {
    // From each up to the next, where decoding begins anew: data may lie between.
    const end = executed[i + 1] ?? address;
    for (let at = start; at < end;) {
      const next = decode(state, mode, at);
      if (next === undefined || at + BigInt(next.bytes.length) > end) break;
      found.push(next);
      at += BigInt(next.bytes.length);
      if (found.length > 4 * count) found.shift();
    }
  }
  return found;
}

function decodeFrom(state: State, mode: Mode, address: bigint, count: number): ShownInstruction[] {
  const found: ShownInstruction[] = [];
  for (let at = address; found.length < count;) {
    const next = decode(state, mode, at);
    if (next === undefined) break;
    found.push(next);
    at = BigInt.asUintN(64, at + BigInt(next.bytes.length));
  }
  return found;
}

/** Undefined where there is no memory. */
function decode(state: State, mode: Mode, address: bigint): ShownInstruction | undefined {
  const { bytes } = state.readVirtual(address, MAX_INSTRUCTION_BYTES);
  if (bytes.length === 0) return undefined;
  return withInstruction(bytes, mode, address, (instruction) => {
    const isBad = instruction.isInvalid || instruction.length > bytes.length;
    return {
      address,
      bytes: bytes.slice(0, isBad ? 1 : instruction.length),
      text: isBad ? '(bad)' : formatInstruction(instruction),
    };
  });
}

function padded<T>(list: readonly T[], count: number, side: 'start' | 'end'): (T | undefined)[] {
  const missing = Array.from({ length: Math.max(0, count - list.length) }, () => undefined);
  return side === 'start' ? [...missing, ...list] : [...list.slice(0, count), ...missing];
}
