import * as z from 'zod';
import { formatSymbol } from '../../trace/read/symbols.js';
import { parseMemoryArgument } from '../../query/places/memory.js';
import type { Trace } from '../../query/trace.js';
import { describeFault } from '../../query/virtual-memory.js';
import type { State } from '../../query/state.js';
import { inputError } from '../../base/errors.js';
import type { Answer } from '../answer.js';
import { defineTool, position, stateAt } from '../tool.js';

const MOST_RANGES = 8;
const MOST_BYTES = 1024;

/** Registers and memory of a state. */
export const state = defineTool({
  name: 'state',
  title: 'Registers and memory',
  description:
    'Registers and memory of the machine just before a step (state n = before step n; -1 is the last state). Memory is given as ADDRESS:LENGTH, where the address is a number, register or symbol with an offset: "rsp:64", "buffer:16", "table+0x20:8". Values are hexadecimal; bytes are in memory order, so a little-endian number reads from the right.',
  input: {
    at: position,
    memory: z
      .array(z.string())
      .max(MOST_RANGES)
      .default([])
      .describe(`Up to ${MOST_RANGES} ranges of linear memory, each of up to ${MOST_BYTES} bytes.`),
    registers: z
      .enum(['general', 'all', 'none'])
      .default('general')
      .describe('general: rax to r15, rflags; all: segments, control, MSRs, FPU too.'),
  },
  run({ at, memory, registers }, trace) {
    const found = trace.state(stateAt(at, 'at', trace));
    const { symbol } = found;
    return {
      state: found.step,
      rip: found.rip,
      place: symbol === undefined ? undefined : formatSymbol(symbol),
      instruction: found.instruction?.text,
      registers: registersOf(found, registers),
      memory: memory.map((range) => memoryOf(range, trace, found)),
    };
  },
});

function registersOf(found: State, which: 'general' | 'all' | 'none'): Answer {
  if (which === 'none') return {};
  const values = which === 'all' ? found.registers() : found.generalRegisters();
  return Object.fromEntries(values.map(({ name, value }) => [name, value]));
}

function memoryOf(range: string, trace: Trace, found: State): Answer {
  const { address, length } = parseMemoryArgument(range, 'memory', trace, found);
  if (length > MOST_BYTES) {
    throw inputError(`memory ${range} is too long: ask for at most ${MOST_BYTES} bytes at a time.`);
  }
  const { bytes, fault } = found.readVirtual(address, length);
  const symbol = trace.symbolAt(address);
  return {
    range,
    address,
    symbol: symbol === undefined ? undefined : formatSymbol(symbol),
    bytes: Buffer.from(bytes)
      .toString('hex')
      .replaceAll(/(..)(?=.)/g, '$1 '),
    text: Buffer.from(bytes)
      .toString('latin1')
      .replaceAll(/[^ -~]/g, '.'),
    fault: fault === undefined ? undefined : describeFault(fault),
  };
}
