/** What one can ask the origin of. */
import { inputError } from '../../base/errors.js';
import { suggestion } from '../../base/suggest.js';
import { tool } from '../../base/option-names.js';
import { FLAG_BITS } from '../../x86/flag-bits.js';
import { namedPart, registerNamed } from '../../x86/register-part.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import type { PhysicalRange } from '../last-writes.js';
import type { State } from '../state.js';
import { describeFault, type MemoryRead } from '../virtual-memory.js';
import { memoryPlace, registerIds, type MemoryPlace, type Place } from './location.js';
import { MAX_VALUE_BYTES } from './value.js';

/** A range of linear memory. */
export interface LinearRange {
  readonly gva: bigint;
  /** In bytes, 1 to 64. */
  readonly length: number;
}

/** A register or flag by name (`rax`, `al`, `xmm0`, `cs_base`, `zf`), or a range of memory. */
export type WhyTarget = string | LinearRange | PhysicalRange;

/**
 * @throws KvmtraceError (exit code 2) for what the trace does not record or has no such memory
 * @throws TypeError for what is no WhyTarget
 */
export function placeOf(file: TraceFile, state: State, target: WhyTarget): Place {
  if (typeof target === 'string') return namedPlace(file, target);
  checkKinds(target);
  const { length } = target;
  const name = hex('gva' in target ? target.gva : BigInt(target.gpa));
  if (!Number.isSafeInteger(length) || length < 1 || length > MAX_VALUE_BYTES) {
    throw inputError(`${length} bytes at ${name}: ask for 1 to ${MAX_VALUE_BYTES}.`);
  }
  if (!('gva' in target)) {
    checkFault(state.readPhysical(target.gpa, length));
    return memoryPlace(undefined, [target]);
  }
  if (BigInt.asUintN(64, target.gva) !== target.gva) {
    throw inputError(`${name} is no address: linear addresses have 64 bits.`);
  }
  return linearPlace(state, target);
}

function checkKinds(target: object): void {
  const { gva, gpa } = target as { gva?: unknown; gpa?: unknown };
  if ('gva' in target ? typeof gva === 'bigint' : Number.isSafeInteger(gpa) && Number(gpa) >= 0) {
    return;
  }
  throw new TypeError(
    'the origin is of a name, of { gva: bigint, length } or of { gpa: non-negative integer, length }',
  );
}

function linearPlace(state: State, { gva, length }: LinearRange): MemoryPlace {
  if (gva + BigInt(length) > 1n << 64n) {
    throw inputError(
      `${length} bytes at ${hex(gva)} reach beyond the last address: ask for fewer.`,
    );
  }
  checkFault(state.readVirtual(gva, length));
  return memoryPlace(gva, state.physicalRanges(gva, length));
}

function checkFault({ fault }: MemoryRead): void {
  if (fault !== undefined) throw inputError(`${describeFault(fault)}.`);
}

function hex(value: bigint): string {
  return value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
}

function namedPlace(file: TraceFile, text: string): Place {
  const name = text.toLowerCase();
  if (name === 'rip' || name === 'eip') {
    throw inputError(
      `rip comes from the step before: ${tool('kvmtrace steps', 'Trace.steps')} shows it.`,
    );
  }
  if (Object.hasOwn(FLAG_BITS, name)) {
    return { kind: 'flags', bits: FLAG_BITS[name as keyof typeof FLAG_BITS] };
  }
  if (name === 'rflags' || name === 'eflags') {
    const bits = Object.values(FLAG_BITS).reduce<number>((all, bit) => all | bit, 0);
    return { kind: 'flags', bits };
  }
  const part = registerNamed(name);
  if (part !== undefined && registerIds(file, part).length > 0) return part;
  // Those that only the trace has a name for: efer, cs_base, msr_star, fcw, xmm0_1.
  const recorded = file.registers.named(name);
  if (recorded === undefined) {
    const names = [...Object.keys(FLAG_BITS), ...file.registers.list.map((each) => each.name)];
    throw inputError(
      `${file.path} knows no register or flag ${JSON.stringify(text)}${suggestion(name, names)}: give one such as rax, al, xmm0 or zf, or memory as [0x1000] or [rsp+8]:4.`,
    );
  }
  return namedPart(name, 8);
}
