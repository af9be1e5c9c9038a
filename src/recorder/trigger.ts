/**
 * Places at which a recording begins or ends: `main`, `main:3`, `0x1000`, `port:0x3f8`, `[0x2000] written`,
 * or a step, which is a decimal number.
 */
import { inputError } from '../base/errors.js';
import { LoadMap } from '../trace/read/load-map.js';
import { SymbolTable, type TraceSymbol } from '../trace/read/symbols.js';

/** Where, or when, to begin or to end. */
export type Trigger = { readonly text: string } & (
  | {
      readonly kind: 'code';
      /** Linear; two where the guest runs code elsewhere than where it was linked. */
      readonly addresses: readonly bigint[];
      /** Its execution of this number, counted from 1. */
      readonly nth: number;
    }
  /** After the instruction that accesses the port for the nth time. */
  | { readonly kind: 'port'; readonly port: number; readonly nth: number }
  /** After the step that changes the byte. */
  | { readonly kind: 'written'; readonly gpa: number }
  | { readonly kind: 'step'; readonly step: number }
);

/** What a place can be looked up in. */
export interface TriggerNames {
  readonly symbols: readonly TraceSymbol[];
  /** Where they were linked and loaded; see `LoadMap`. */
  readonly segments?: string | undefined;
}

const STEP = /^\d+$/;
const PORT = /^port:(?<port>0x[0-9a-f]+|\d+)(?::(?<nth>\d+))?$/i;
const WRITTEN = /^\[\s*(?<place>[^\]]+?)\s*\]\s*written$/;
const CODE = /^(?<place>.+?)(?<offset>\+(?:0x[0-9a-f]+|\d+))?(?::(?<nth>\d+))?$/i;
const NUMBER = /^(?:0x[0-9a-f]{1,16}|\d{1,20})$/i;
const MAX_PORT = 0xffff;
const MAX_GPA = 2n ** 52n;
const MAX_ADDRESS = 2n ** 64n;

/** Throws a KvmtraceError (2) for what is no place, naming `option`. */
export function parseTrigger(text: string, option: string, names: TriggerNames): Trigger {
  const wrong = (why: string): Error =>
    inputError(
      `${option} ${text}: ${why}; give a symbol or an address, main, main:3 or 0x1000:3, a port, port:0x3f8, '[0x2000] written', or a step, 5000.`,
    );
  if (STEP.test(text)) {
    const step = Number(text);
    if (!Number.isSafeInteger(step)) throw wrong('no guest runs that long');
    return { text, kind: 'step', step };
  }
  const count = (nth: string | undefined): number => {
    const value = Number(nth ?? 1);
    if (value < 1 || !Number.isSafeInteger(value)) throw wrong('executions count from 1');
    return value;
  };
  const port = PORT.exec(text)?.groups;
  if (port !== undefined) {
    const number = Number(port['port']);
    if (number > MAX_PORT) throw wrong('ports go up to 0xffff');
    return { text, kind: 'port', port: number, nth: count(port['nth']) };
  }
  const lookUp = placesIn(names);
  const written = WRITTEN.exec(text)?.groups?.['place'];
  if (written !== undefined) {
    const [address] = lookUp(written).toReversed();
    if (address === undefined || address >= MAX_GPA) throw wrong('there is no such memory');
    return { text, kind: 'written', gpa: Number(address) };
  }
  // The colons of a name in C++ and Rust are its own.
  const whole = lookUp(text);
  if (whole.length > 0) return { text, kind: 'code', addresses: whole, nth: 1 };
  const { place = text, offset = '+0', nth } = CODE.exec(text)?.groups ?? {};
  const addresses = lookUp(place).map((address) => address + BigInt(offset.slice(1)));
  if (addresses.length === 0) throw wrong('the guest has no such symbol');
  if (addresses.some((address) => address >= MAX_ADDRESS)) throw wrong('addresses have 64 bits');
  return { text, kind: 'code', addresses, nth: count(nth) };
}

/** The addresses that a symbol or number stands for: as linked, then as loaded if that is elsewhere. */
function placesIn({ symbols, segments }: TriggerNames): (place: string) => bigint[] {
  const table = new SymbolTable(symbols, LoadMap.parse(segments));
  return (place) => {
    const address = NUMBER.test(place) ? BigInt(place) : table.named(place)?.address;
    if (address === undefined || address >= MAX_ADDRESS) return [];
    const loaded = table.loadedAt(address);
    return loaded === undefined ? [address] : [address, loaded];
  };
}
