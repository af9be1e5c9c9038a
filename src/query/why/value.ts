/** The values that places have. */
import { REGISTER_RFLAGS } from '../../trace/format/registers.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import type { RegisterPart } from '../../x86/register-part.js';
import type { PhysicalMemory } from '../physical-memory.js';
import { registerIds, type MemoryPlace, type Place } from './location.js';

/** The most bytes of memory that make one number. */
export const MAX_VALUE_BYTES = 64;

/**
 * The little-endian value of a place in state `state`; undefined where the trace does not record it, of
 * too much memory, and of memory that is not there.
 */
export function valueOf(
  file: TraceFile,
  memory: PhysicalMemory,
  place: Place,
  state: number,
): bigint | undefined {
  switch (place.kind) {
    case 'register':
      return registerValue(file, place, state);
    case 'flags': {
      const rflags = file.registers.last(REGISTER_RFLAGS, state)?.value;
      if (rflags === undefined) return undefined;
      const bits = rflags & BigInt(place.bits);
      // One flag is 0 or 1; several keep their places.
      return (place.bits & (place.bits - 1)) === 0 ? BigInt(bits !== 0n) : bits;
    }
    case 'memory':
      return place.size > MAX_VALUE_BYTES ? undefined : memoryValue(memory, place, state);
  }
}

function memoryValue(
  memory: PhysicalMemory,
  { pieces, size }: MemoryPlace,
  state: number,
): bigint | undefined {
  let value = 0n;
  let read = 0;
  for (const { gpa, length } of pieces) {
    const bytes = memory.read(gpa, length, state);
    const piece = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    value |= piece << BigInt(8 * read);
    read += bytes.length;
  }
  return read === size ? value : undefined;
}

function registerValue(file: TraceFile, part: RegisterPart, state: number): bigint | undefined {
  let whole = 0n;
  const pieces = registerIds(file, part);
  if (pieces.length === 0) return undefined;
  for (const { id, offset } of pieces) {
    const value = file.registers.last(id, state)?.value;
    if (value === undefined) return undefined;
    whole |= value << BigInt(offset * 8);
  }
  return BigInt.asUintN(part.size * 8, whole >> BigInt(part.offset * 8));
}
