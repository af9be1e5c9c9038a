/** A state of the machine as text and as JSON. */
import type { State } from '../query/state.js';
import type { Trace } from '../query/trace.js';
import { describeFault, type MemoryRead } from '../query/virtual-memory.js';
import type { RegisterValue } from '../trace/read/registers.js';
import { formatSymbol } from '../trace/read/symbols.js';
import { flagNames } from '../views/flags.js';
import { hexdump } from './hexdump.js';
import type { Jsonable } from '../base/json.js';
import { hex, hexBytes } from '../base/number-text.js';
import { printable } from '../base/printable.js';
import type { Style } from './style.js';
import { shownText } from '../trace/read/syntax.js';

/** Memory that was asked for. */
export interface MemoryView {
  readonly physical: boolean;
  /** How many bytes were asked for. */
  readonly length: number;
  readonly read: MemoryRead;
}

/** A state, and what of it is to be shown. */
export interface StateView {
  readonly trace: Trace;
  readonly state: State;
  readonly memory: readonly MemoryView[];
  /** Every register rather than those one mostly wants. */
  readonly all: boolean;
}

const GENERAL = [
  ['rax', 'rbx', 'rcx', 'rdx'],
  ['rsi', 'rdi', 'rbp', 'rsp'],
  ['r8', 'r9', 'r10', 'r11'],
  ['r12', 'r13', 'r14', 'r15'],
].flat();
const SEGMENTS = ['cs', 'ds', 'es', 'fs', 'gs', 'ss', 'tr', 'ldtr'];
const CONTROL = ['cr0', 'cr2', 'cr3', 'cr4', 'cr8', 'efer'];
const TABLES = ['gdtr', 'idtr'];
const PER_LINE = 3;

type Values = ReadonlyMap<string, RegisterValue>;

/** The state as lines. */
export function* stateLines(view: StateView, style: Style): Generator<string> {
  const { trace, state, memory, all } = view;
  const values: Values = new Map(state.registers().map((each) => [each.name, each]));
  yield style.strong(`state ${state.step} of ${trace.stepCount}`);
  yield ripLine(state, style);
  yield '';
  yield* grid(GENERAL, values);
  const rflags = values.get('rflags')?.value;
  if (rflags !== undefined) yield `rflags ${hex(rflags)}  ${flagNames(rflags)}`.trimEnd();
  yield* section(segmentLines(values));
  yield* section(grid(CONTROL, values));
  if (all) {
    const told = new Set([...GENERAL, 'rflags', ...CONTROL]);
    for (const name of [...SEGMENTS, ...TABLES]) {
      for (const part of ['', '_base', '_limit', '_attributes']) told.add(name + part);
    }
    const rest = [...values.keys()].filter((name) => !told.has(name));
    yield* section(grid(rest, values));
  }
  for (const each of memory) yield* section(memoryLines(each, style));
}

function ripLine({ rip, instruction, symbol }: State, style: Style): string {
  const value = rip === undefined ? 'unknown: the recording was not closed' : fullHex(rip, 64);
  const place = symbol === undefined ? '' : `  ${style.place(printable(formatSymbol(symbol)))}`;
  const code =
    instruction === undefined
      ? ''
      : `  ${style.faint(hexBytes(instruction.bytes, ' '))}  ${printable(shownText(instruction))}`;
  return `rip ${value}${place}${code}`;
}

/** An empty line and the lines, if there are any. */
function* section(lines: Iterable<string>): Generator<string> {
  let first = true;
  for (const line of lines) {
    if (first) yield '';
    first = false;
    yield line;
  }
}

function* grid(names: readonly string[], values: Values): Generator<string> {
  const known = names.flatMap((name) => values.get(name) ?? []);
  const width = Math.max(0, ...known.map(({ name }) => name.length));
  // Long names (of MSRs) leave room for fewer of them.
  const perLine = width > 8 ? 2 : PER_LINE;
  for (let i = 0; i < known.length; i += perLine) {
    const cells = known
      .slice(i, i + perLine)
      .map(
        ({ name, bits, value }) =>
          `${printable(name).padEnd(width)} ${fullHex(value, bits).padEnd(18)}`,
      );
    yield cells.join('  ').trimEnd();
  }
}

/** `cs     0x0008  base 0x0  limit 0xffffffff  attributes 0xa09b`. */
function* segmentLines(values: Values): Generator<string> {
  for (const name of [...SEGMENTS, ...TABLES]) {
    const parts = ['base', 'limit', 'attributes'].flatMap((part) => {
      const value = values.get(`${name}_${part}`)?.value;
      return value === undefined ? [] : `${part} ${hex(value)}`;
    });
    const selector = values.get(name)?.value;
    if (selector === undefined && parts.length === 0) continue;
    const shown = selector === undefined ? '' : fullHex(selector, 16);
    yield `${name.padEnd(6)} ${shown.padEnd(6)}  ${parts.join('  ')}`.trimEnd();
  }
}

function* memoryLines({ physical, length, read }: MemoryView, style: Style): Generator<string> {
  const kind = physical ? 'physical memory' : 'memory';
  yield style.strong(`${kind} at ${hex(read.address)}, ${length} bytes`);
  yield* hexdump(read.address, read.bytes);
  if (read.fault !== undefined) yield describeFault(read.fault);
}

function fullHex(value: bigint, bits: number): string {
  return `0x${value.toString(16).padStart(Math.ceil(bits / 4), '0')}`;
}

/** The state as JSON, with all registers. */
export function stateJson({ trace, state, memory }: StateView): Jsonable {
  const { instruction, symbol, rip } = state;
  return {
    state: state.step,
    steps: trace.stepCount,
    rip: rip ?? null,
    symbol: symbol === undefined ? null : formatSymbol(symbol),
    instruction:
      instruction === undefined
        ? null
        : {
            address: instruction.address,
            mode: instruction.mode,
            bytes: instruction.bytes,
            text: shownText(instruction),
          },
    registers: Object.fromEntries([
      ['rip', rip ?? null],
      ...state.registers().map(({ name, value }) => [name, value]),
    ]) as Jsonable,
    memory: memory.map(({ physical, length, read: { address, bytes, fault } }) => ({
      address,
      physical,
      length,
      bytes,
      fault: fault === undefined ? null : { ...fault, message: describeFault(fault) },
    })),
  };
}
