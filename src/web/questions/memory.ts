/** Memory of a state, with what the step before changed of it. */
import { hex } from '../../base/number-text.js';
import type { Jsonable } from '../../base/json.js';
import { PAGE_BYTES } from '../../base/page.js';
import { inputError } from '../../base/errors.js';
import { parseMemoryArgument, parsePhysicalArgument } from '../../query/places/memory.js';
import { describeFault } from '../../query/virtual-memory.js';
import type { State } from '../../query/state.js';
import { formatSymbol } from '../../trace/read/symbols.js';
import type { Question } from '../question.js';
import { cut } from './steps.js';

/** A screen and a half. */
const MOST_BYTES = 4096;
const MOST_TEXT = 200;

/**
 * Bytes from a place on: an address, register or symbol with an offset, to which `skip` bytes are added.
 * A page that cannot be read is left out; the others follow all the same.
 */
export const memory: Question = {
  lane: 'now',
  answer(args, trace) {
    const at = args.integer('at', 0, trace.stepCount);
    const length = args.integer('length', 1, MOST_BYTES);
    const skip = args.has('skip') ? args.integer('skip', -(2 ** 48), 2 ** 48) : 0;
    const place = args.text('place', MOST_TEXT);
    const physical = args.flag('physical');
    const found = trace.state(at);
    const start = physical
      ? BigInt(parsePhysicalArgument(`${place}:1`, 'memory', trace, found).gpa)
      : parseMemoryArgument(`${place}:1`, 'memory', trace, found).address;
    const first = start + BigInt(skip);
    if (first < 0n || first + BigInt(length) > 1n << 64n) {
      throw inputError(`there is no memory at ${first < 0n ? 'less than 0' : hex(first)}.`);
    }
    const before = at === 0 ? undefined : trace.state(at - 1);
    const pieces = [...pagesOf(first, length)].map(({ address, size }): Jsonable => {
      const { bytes, fault } = read(found, physical, address, size);
      const old = before === undefined ? undefined : read(before, physical, address, size).bytes;
      return {
        address,
        bytes,
        gpa: physical ? address : gpaOf(found, address),
        fault: fault === undefined ? null : describeFault(fault),
        changed:
          old?.length === bytes.length ? [...bytes.keys()].filter((i) => bytes[i] !== old[i]) : [],
      };
    });
    const symbol = physical ? undefined : trace.symbolAt(first);
    return {
      at,
      base: start,
      first,
      length,
      physical,
      symbol: symbol === undefined ? null : cut(formatSymbol(symbol)),
      pieces,
    };
  },
};

function* pagesOf(first: bigint, length: number): Generator<{ address: bigint; size: number }> {
  for (let done = 0; done < length;) {
    const address = first + BigInt(done);
    const size = Math.min(length - done, PAGE_BYTES - Number(address % BigInt(PAGE_BYTES)));
    yield { address, size };
    done += size;
  }
}

function read(state: State, physical: boolean, address: bigint, size: number) {
  return physical ? state.readPhysical(Number(address), size) : state.readVirtual(address, size);
}

function gpaOf(state: State, address: bigint): number | null {
  const found = state.translate(address);
  return found.kind === 'mapped' ? found.gpa : null;
}
