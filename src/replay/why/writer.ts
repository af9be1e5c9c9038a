/** The step that put the value into a place. */
import type { TraceFile } from '../../trace/reader/trace-file.js';
import { accesses } from '../accesses.js';
import { lastMemoryWrite } from '../last-writes.js';
import { registerIds, type FlagsPlace, type MemoryPlace, type Place } from './location.js';
import { flowsOf } from './operand-place.js';
import type { RegisterPart } from '../../x86/register-part.js';
import { REGISTER_RFLAGS } from '../../trace/registers.js';

/**
 * How far to look for instructions that wrote the value that was there already: the trace tells of
 * changes, so these have to be decoded.
 */
const WINDOW_STEPS = 2048;
const BATCH = 128;
/** Changes of other bytes of a register that are passed over. */
const MAX_CHANGES = 10_000;
/** Steps of accesses looked through for a store that changed nothing. */
const SILENT_WINDOW_STEPS = 1 << 20;

/**
 * The newest step before state `state` that wrote a byte of the place; -1: it is as it was at state 0.
 */
export function writerOf(file: TraceFile, place: Place, state: number): number {
  switch (place.kind) {
    case 'register':
      return registerWriter(file, place, state);
    case 'flags':
      return flagsWriter(file, place, state);
    case 'memory':
      return memoryWriter(file, place, state);
  }
}

function registerWriter(file: TraceFile, part: RegisterPart, state: number): number {
  const changed = lastChange(file, part, state);
  const writes = (target: { kind: string }): boolean =>
    target.kind === 'register' && overlaps(target as RegisterPart, part);
  return silentWriter(file, changed, state, writes) ?? changed;
}

/** The newest change of one of the bytes. */
function lastChange(file: TraceFile, part: RegisterPart, state: number): number {
  let newest = -1;
  for (const { id, offset } of registerIds(file, part)) {
    const from = Math.max(part.offset - offset, 0);
    const to = Math.min(part.offset + part.size - offset, 8);
    const mask = BigInt.asUintN((to - from) * 8, -1n) << BigInt(from * 8);
    let write = file.registers.last(id, state);
    for (let left = MAX_CHANGES; write !== undefined && write.step > newest; left--) {
      const before = file.registers.last(id, write.step);
      const touched = before === undefined || ((before.value ^ write.value) & mask) !== 0n;
      if (touched || left === 0) newest = write.step;
      else write = before;
    }
  }
  return newest;
}

function flagsWriter(file: TraceFile, { bits }: FlagsPlace, state: number): number {
  const mask = BigInt(bits);
  let write = file.registers.last(REGISTER_RFLAGS, state);
  let changed = -1;
  while (write !== undefined && write.step >= 0) {
    const before = file.registers.last(REGISTER_RFLAGS, write.step);
    if (before === undefined || ((before.value ^ write.value) & mask) !== 0n) {
      changed = write.step;
      break;
    }
    write = before;
    // Flags that did not change for so long are told by what wrote them last.
    if (state - write.step > WINDOW_STEPS) break;
  }
  const writes = (target: { kind: string }): boolean =>
    target.kind === 'flags' && ((target as FlagsPlace).bits & bits) !== 0;
  return silentWriter(file, changed, state, writes) ?? changed;
}

/** A step after `changed` whose instruction writes the place, though nothing changed. */
function silentWriter(
  file: TraceFile,
  changed: number,
  state: number,
  writes: (target: { kind: string }) => boolean,
): number | undefined {
  const stop = Math.max(changed + 1, state - WINDOW_STEPS, 0);
  for (let end = state; end > stop; end -= BATCH) {
    const steps = file.instructions.steps(Math.max(stop, end - BATCH), end);
    const found = steps.findLast(({ instruction }) =>
      flowsOf(instruction).flows.some(({ target }) => writes(target)),
    );
    if (found !== undefined) return found.step;
  }
  return undefined;
}

function memoryWriter(file: TraceFile, { gpa, size }: MemoryPlace, state: number): number {
  const range = { gpa, length: size };
  const changed = lastMemoryWrite(file, range, state)?.step ?? -1;
  if (!file.derived.has('accesses')) return changed;
  const from = Math.max(changed + 1, state - SILENT_WINDOW_STEPS, 0);
  return accesses(file, range, from, state).findLast(({ writes }) => writes)?.step ?? changed;
}

/** Whether two parts have bytes in common; 32-bit writes reach to the end of their register. */
export function overlaps(written: RegisterPart, part: RegisterPart): boolean {
  if (written.family !== part.family || written.index !== part.index) return false;
  const end = written.offset + writtenBytes(written);
  return written.offset < part.offset + part.size && part.offset < end;
}

/** A write of 32 bits clears the others (SDM vol. 1, 3.4.1.1). */
export function writtenBytes({ family, size }: RegisterPart): number {
  return family === 'general' && size === 4 ? 8 : size;
}
