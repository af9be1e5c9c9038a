/** `ADDRESS:LENGTH`, where the address may be a number, a register or a symbol, with an offset. */
import { inputError } from '../../base/errors.js';
import type { State } from '../state.js';
import type { Trace } from '../trace.js';
import { checkAddress, parseInteger } from './numbers.js';

const DEFAULT_LENGTH = 64;
/** A screenful of pages; more is better read through the API. */
const MAX_LENGTH = 1024 * 1024;
/** What 52 bits, the most that x86 has of physical address, can reach. */
const MAX_GPA = 2n ** 52n;

/** Linear memory that was asked for: its address and length in bytes. */
export interface MemoryArgument {
  readonly address: bigint;
  readonly length: number;
}

/** Throws a KvmtraceError for what does not parse, does not exist or is too long. */
export function parseMemoryArgument(
  text: string,
  option: string,
  trace: Trace,
  state: State,
): MemoryArgument {
  // The colons of a name in C++ and Rust are its own.
  const colon = trace.symbolNamed(text) === undefined ? text.lastIndexOf(':') : -1;
  const lengthText = colon < 0 ? undefined : text.slice(colon + 1);
  const place = colon < 0 ? text : text.slice(0, colon);
  const length = lengthText === undefined ? BigInt(DEFAULT_LENGTH) : parseInteger(lengthText);
  if (length === undefined || length < 1n || length > MAX_LENGTH) {
    throw inputError(
      `${option} ${text}: the length has to be a number from 1 to ${MAX_LENGTH}, as in 0x1000:64.`,
    );
  }
  const address = parseAddress(place, trace, state);
  if (address === undefined) {
    throw inputError(
      `${option} ${text}: ${JSON.stringify(place)} is no address, register or symbol of this trace${trace.suggestionFor(place)}; give one as in 0x1000:64, rsp:64 or main+0x10:64.`,
    );
  }
  return { address: checkAddress(address, `${option} ${text}`), length: Number(length) };
}

/** Like parseMemoryArgument, for a physical address. */
export function parsePhysicalArgument(
  text: string,
  option: string,
  trace: Trace,
  state: State,
): { gpa: number; length: number } {
  const { address, length } = parseMemoryArgument(text, option, trace, state);
  if (address >= MAX_GPA) {
    throw inputError(`${option} ${text}: a physical address has at most 52 bits.`);
  }
  return { gpa: Number(address), length };
}

function parseAddress(text: string, trace: Trace, state: State): bigint | undefined {
  const named = (name: string): bigint | undefined =>
    parseInteger(name) ?? state.register(name) ?? symbolAddress(name, trace, state);
  return named(text) ?? parseWithOffset(text, named);
}

/** Where a symbol is in a state: as it was linked, or where it was loaded as long as only that is mapped. */
function symbolAddress(name: string, trace: Trace, state: State): bigint | undefined {
  const address = trace.symbolNamed(name)?.address;
  const loaded = address === undefined ? undefined : trace.loadedAt(address);
  if (loaded === undefined) return address;
  const isThere = (gva: bigint): boolean => {
    const found = state.translate(gva);
    return found.kind === 'mapped' && BigInt(found.gpa) === loaded;
  };
  return !isThere(address!) && isThere(loaded) ? loaded : address;
}

/** `NAME+OFFSET` or `NAME-OFFSET`; undefined where the name is none to `named`, or there is no offset. */
export function parseWithOffset(
  text: string,
  named: (name: string) => bigint | undefined,
): bigint | undefined {
  const split = /^(?<base>.+)(?<offset>[+-](?:0x[0-9a-f]+|\d+))$/i.exec(text)?.groups;
  if (split === undefined) return undefined;
  const base = named(split['base']!);
  const offset = parseInteger(split['offset']!.replace('+', ''));
  return base === undefined || offset === undefined ? undefined : base + offset;
}
