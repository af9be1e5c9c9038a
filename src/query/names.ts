/** What users name in a trace: registers and places in code. */
import { inputError } from '../base/errors.js';
import { suggestion } from '../base/suggest.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/**
 * The linear address of a place: itself, or that of the symbol of this name.
 *
 * @throws KvmtraceError (exit code 2) for a name that no symbol has
 */
export function addressOf(file: TraceFile, place: bigint | string): bigint {
  if (typeof place === 'bigint') return place;
  const symbol = file.symbols.named(place);
  if (symbol !== undefined) return symbol.address;
  throw inputError(
    file.symbols.symbols.length === 0
      ? `${file.path} has no symbol ${place}, nor any other: give an address.`
      : `${file.path} has no symbol ${place}${file.symbols.suggestionFor(place)}: give another, or an address.`,
  );
}

/**
 * The id of a register.
 *
 * @throws KvmtraceError (exit code 2) for one that the trace does not record
 */
export function registerIdOf(file: TraceFile, name: string): number {
  const register = file.registers.named(name);
  if (register !== undefined) return register.id;
  throw inputError(
    `${file.path} knows ${noRegister(file, name)}: give one that it records, such as rax or xmm0.`,
  );
}

/** `no register raxx (did you mean rax?)`: part of a sentence about one that the trace does not record. */
export function noRegister({ registers }: TraceFile, name: string): string {
  const names = registers.list.map((each) => each.name);
  return `no register ${name}${suggestion(name, names)}`;
}
