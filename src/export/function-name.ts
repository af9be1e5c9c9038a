/** What functions are called in exports. */
import { hex } from '../base/number-text.js';
import { formatSymbol } from '../trace/read/symbols.js';
import type { Trace } from '../query/trace.js';
import { metaText } from './meta.js';

/** Line breaks and other control characters, which none of the formats' readers expect in a name. */
// eslint-disable-next-line no-control-regex -- these are what it is for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Names of functions by the linear address of their first instruction, each looked up once. */
export class FunctionNames {
  readonly #trace: Trace;
  readonly #names = new Map<bigint, string>();

  /** @param trace where the symbols are from */
  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** `main`, `main+0x10`, or the address where no symbol is near; never empty, and on one line. */
  of(address: bigint): string {
    let name = this.#names.get(address);
    if (name === undefined) {
      const symbol = this.#trace.symbolAt(address);
      name = symbol === undefined ? '' : formatSymbol(symbol).replaceAll(CONTROL, '?');
      if (name.trim() === '') name = hex(address);
      this.#names.set(address, name);
    }
    return name;
  }
}

/** The guest's file name, for titles; on one line. */
export function guestName(trace: Trace): string {
  return metaText(trace, 'guest')?.replaceAll(CONTROL, '?') ?? 'guest';
}
