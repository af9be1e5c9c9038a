/** Places in code and memory on the command line. */
import { inputError } from '../../base/errors.js';
import type { PhysicalRange } from '../last-writes.js';
import type { State } from '../state.js';
import type { Trace } from '../trace.js';
import { parseMemoryArgument, parsePhysicalArgument, parseWithOffset } from './memory.js';
import { checkAddress, parseInteger, parsePosition } from './numbers.js';

/** Of a place that says none. */
const DEFAULT_LENGTH = 8;

/** The linear address that an address, a symbol, or either with an offset stands for. */
export function parseCodePlace(text: string, trace: Trace): bigint | undefined {
  const symbol = (name: string): bigint | undefined => trace.symbolNamed(name)?.address;
  const address = parseInteger(text) ?? symbol(text) ?? parseWithOffset(text, symbol);
  return address === undefined ? undefined : checkAddress(address, text);
}

/**
 * A step or state: a number, counted from the end if negative; `main`, the first step that executes
 * a symbol; `main:3` or `0x1000:3`, the third one.
 *
 * @param end what -1 is one less than: the number of steps, or of states
 */
export function parseStepPosition(text: string, option: string, end: number, trace: Trace): number {
  if (parseInteger(text) !== undefined) return parsePosition(text, option, end);
  const { place, nth } = /^(?<place>.+):(?<nth>\d+)$/.exec(text)?.groups ?? { place: text };
  const address = parseCodePlace(place!, trace);
  if (address === undefined || nth === '0') {
    throw inputError(
      `${option} ${text} is not a number, nor a place in code${trace.suggestionFor(place!)}: give one such as 12, 0x10, -1 for the last, or for the nth execution main, main:3 or 0x1000:1.`,
    );
  }
  const step = trace.nthExecution(address, Number(nth ?? 1));
  if (step !== undefined) return step;
  throw inputError(`${option} ${text}: ${place!} is not executed so often, or never.`);
}

/** Whether `text` is memory rather than a register. */
export function isMemoryPlace(text: string): boolean {
  return text.startsWith('[') || text.startsWith('phys:');
}

/**
 * `[0x1000]`, `[rsp+8]:4`, `[main]` of linear, `phys:[0x1000]:4` of physical memory.
 *
 * @param option what asks, for messages
 */
export function parseMemoryPlace(
  text: string,
  option: string,
  trace: Trace,
  state: State,
): { readonly gva: bigint; readonly length: number } | PhysicalRange {
  const { address, length } =
    /^(?:phys:)?\[(?<address>[^\]]+)\](?::(?<length>\w+))?$/.exec(text)?.groups ?? {};
  if (address === undefined) {
    throw inputError(
      `${text} is no memory: give it as [0x1000], [rsp+8], [main]:4 or phys:[0x1000].`,
    );
  }
  const range = `${address}:${length ?? DEFAULT_LENGTH}`;
  if (text.startsWith('phys:')) return parsePhysicalArgument(range, option, trace, state);
  const found = parseMemoryArgument(range, option, trace, state);
  return { gva: found.address, length: found.length };
}
