/**
 * A disassembly of the guest as a file of text, a line an instruction, that coverage can be shown on
 * where there is no source: all code of functions that symbols name, executed or not, and whatever
 * else ran.
 */
import { disassemble, withInstruction, MAX_INSTRUCTION_BYTES, type Mode } from '../x86/iced.js';
import type { Trace } from '../query/trace.js';
import type { CoveredFunction, CoveredLine, ExecutedCode } from './coverage.js';
import { FunctionNames } from './function-name.js';

/** Functions that claim to be longer are disassembled up to here. */
const MAX_FUNCTION_BYTES = 1024 * 1024;

/** A listing with the coverage of its lines. */
export interface Listing {
  readonly text: readonly string[];
  readonly functions: readonly CoveredFunction[];
  readonly lines: readonly CoveredLine[];
}

interface Range {
  readonly name: string;
  readonly start: bigint;
  readonly end: bigint;
}

interface Line {
  readonly address: bigint;
  readonly size: number;
  readonly text: string;
  readonly count: number;
}

/**
 * @param executed by linear address
 * @param state that memory is read in, for code that did not run
 */
export function listing(
  trace: Trace,
  executed: ReadonlyMap<bigint, ExecutedCode>,
  state: number,
): Listing {
  const addresses = [...executed.keys()].sort(ascending);
  const mode = executed.get(addresses[0] ?? 0n)?.instruction.mode ?? 64;
  const code = (address: bigint, size: number): Uint8Array =>
    codeBytes(trace, address, size, state);
  const text: string[] = [];
  const functions: CoveredFunction[] = [];
  const lines: CoveredLine[] = [];
  for (const range of ranges(trace, addresses)) {
    const inside = addresses.slice(
      lowerBound(addresses, range.start),
      lowerBound(addresses, range.end),
    );
    const modeHere = executed.get(inside[0] ?? -1n)?.instruction.mode ?? mode;
    text.push(`${range.name}:`);
    const line = text.length + 1;
    let ran = false;
    let entered = 0;
    for (const each of disassembly(range, inside, executed, modeHere, code)) {
      text.push(`  ${each.address.toString(16).padStart(8, '0')}  ${each.text}`);
      lines.push({ line: text.length, count: each.count });
      ran ||= each.count > 0;
      if (each.address === range.start) entered = each.count;
    }
    // Of one that was under way already, or entered elsewhere, it is known that it ran.
    if (text.length >= line)
      functions.push({ name: range.name, line, count: entered || Number(ran) });
    text.push('');
  }
  return { text, functions, lines };
}

/** Functions by address, without overlaps, and runs of code that no symbol names. */
function ranges(trace: Trace, executed: readonly bigint[]): Range[] {
  const result: Range[] = [];
  let covered = 0n;
  let at = 0;
  const names = new FunctionNames(trace);
  const addUnnamed = (before: bigint): void => {
    let start: bigint | undefined;
    let last = 0n;
    for (; at < executed.length && executed[at]! < before; at++) {
      const address = executed[at]!;
      if (address < covered) continue;
      // Of code a page away the listing begins anew.
      if (start !== undefined && address - last > 4096n) {
        result.push({ name: names.of(start), start, end: last + 1n });
        start = undefined;
      }
      start ??= address;
      last = address;
    }
    if (start !== undefined) result.push({ name: names.of(start), start, end: last + 1n });
  };
  for (const range of functions(trace)) {
    if (range.start < covered) continue;
    addUnnamed(range.start);
    result.push(range);
    covered = range.end;
  }
  addUnnamed(1n << 64n);
  return result;
}

function functions(trace: Trace): Range[] {
  const { rows } = trace.query(
    "SELECT address, size FROM symbol WHERE kind = 'function' AND size > 0",
  );
  const names = new FunctionNames(trace);
  return [...rows]
    .map(([address, size]): Range => {
      const start = BigInt.asUintN(64, address as bigint);
      const length = BigInt(Math.min(Number(size), MAX_FUNCTION_BYTES));
      return { name: names.of(start), start, end: start + length };
    })
    .sort((a, b) => ascending(a.start, b.start));
}

/** The instructions of a range: those that ran as they ran, and between them what memory holds. */
function* disassembly(
  { start, end }: Range,
  inside: readonly bigint[],
  executed: ReadonlyMap<bigint, ExecutedCode>,
  mode: Mode,
  code: (address: bigint, size: number) => Uint8Array,
): Generator<Line> {
  const bytes = code(start, Number(end - start));
  let next = 0;
  for (let address = start; address < end;) {
    while (next < inside.length && inside[next]! < address) next++;
    const ran = executed.get(address);
    if (ran !== undefined) {
      const { instruction, count } = ran;
      const size = Math.max(1, instruction.bytes.length);
      yield { address, size, text: instruction.text, count };
      address += BigInt(size);
      continue;
    }
    const rest = bytes.subarray(Number(address - start));
    // Code that is not there, or only later: the next that ran is known again.
    if (rest.length === 0) {
      if (next >= inside.length) return;
      address = inside[next]!;
      continue;
    }
    const window = rest.subarray(
      0,
      Math.min(MAX_INSTRUCTION_BYTES, distance(address, inside[next] ?? end)),
    );
    const size = withInstruction(window, mode, address, (instruction) =>
      instruction.isInvalid ? window.length : instruction.length,
    );
    yield { address, size, text: disassemble(window.subarray(0, size), mode, address), count: 0 };
    address += BigInt(size);
  }
}

function codeBytes(trace: Trace, address: bigint, size: number, state: number): Uint8Array {
  const here = trace.state(state).readVirtual(address, size).bytes;
  if (here.length > 0) return here;
  const loaded = trace.loadedAt(address);
  return loaded === undefined ? here : trace.state(state).readVirtual(loaded, size).bytes;
}

function distance(from: bigint, to: bigint): number {
  return Number(to - from);
}

/** The index of the first address that is not below another. */
function lowerBound(addresses: readonly bigint[], address: bigint): number {
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (addresses[middle]! < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}
