/** What one can ask the origin of. */
import { inputError } from '../../errors.js';
import { FLAG_BITS } from '../../x86/flag-bits.js';
import { registerNamed } from '../../x86/register-part.js';
import type { TraceFile } from '../../trace/reader/trace-file.js';
import { PAGE_SIZE } from '../../trace/reader/memory.js';
import type { PhysicalRange } from '../last-writes.js';
import type { State } from '../state.js';
import { describeFault } from '../virtual-memory.js';
import { registerIds, type Place } from './location.js';

/** A range of linear memory. */
export interface LinearRange {
  readonly gva: bigint;
  /** In bytes, 1 to 64; within a page. */
  readonly length: number;
}

/** A register or flag by name (`rax`, `al`, `xmm0`, `cr3`, `zf`), or a range of memory. */
export type WhyTarget = string | LinearRange | PhysicalRange;

const MAX_BYTES = 64;

/** @throws KvmtraceError (exit code 2) for what the trace does not record or has no such memory */
export function placeOf(file: TraceFile, state: State, target: WhyTarget): Place {
  if (typeof target === 'string') return namedPlace(file, target);
  const { length } = target;
  const start = 'gva' in target ? target.gva : BigInt(target.gpa);
  const name = `0x${start.toString(16)}`;
  if (!Number.isSafeInteger(length) || length < 1 || length > MAX_BYTES) {
    throw inputError(`${length} bytes at ${name}: ask for 1 to ${MAX_BYTES}.`);
  }
  if (Number(start % BigInt(PAGE_SIZE)) + length > PAGE_SIZE) {
    throw inputError(`${length} bytes at ${name} reach into the next page: ask for fewer.`);
  }
  if (!('gva' in target)) return { kind: 'memory', gpa: target.gpa, size: length, gva: undefined };
  const found = state.readVirtual(target.gva, length);
  if (found.fault !== undefined) throw inputError(`${describeFault(found.fault)}.`);
  const translated = state.translate(target.gva);
  if (translated.kind === 'fault') throw inputError(`${name} is not mapped.`);
  return { kind: 'memory', gpa: translated.gpa, size: length, gva: BigInt.asUintN(64, target.gva) };
}

function namedPlace(file: TraceFile, text: string): Place {
  const name = text.toLowerCase();
  if (name === 'rip' || name === 'eip') {
    throw inputError('rip comes from the step before: kvmtrace steps shows it.');
  }
  if (Object.hasOwn(FLAG_BITS, name)) {
    return { kind: 'flags', bits: FLAG_BITS[name as keyof typeof FLAG_BITS] };
  }
  if (name === 'rflags' || name === 'eflags') {
    const bits = Object.values(FLAG_BITS).reduce<number>((all, bit) => all | bit, 0);
    return { kind: 'flags', bits };
  }
  const part = registerNamed(name);
  if (part === undefined || registerIds(file, part).length === 0) {
    throw inputError(
      `${file.path} knows no register or flag ${JSON.stringify(text)}: give one such as rax, al, xmm0 or zf, or memory as [0x1000] or [rsp+8]:4.`,
    );
  }
  return part;
}
