/** Breakpoints and watchpoints, which `Z` packets set and `z` packets take away. */
import type { Condition, MemoryRange } from '../query/condition.js';
import type { Hit } from '../query/position.js';
import { parseHex } from './hex.js';
import type { Memory } from './memory.js';

/** By the number in the packet (gdb manual, "Packets", `z`). */
const SOFTWARE = 0;
const HARDWARE = 1;
const WRITE = 2;
const READ = 3;
const ACCESS = 4;

/** What a stop reply calls a breakpoint of each kind. */
const REASONS: readonly string[] = ['swbreak', 'hwbreak', 'watch', 'rwatch', 'awatch'];

interface Breakpoint {
  readonly type: number;
  readonly address: bigint;
  readonly condition: Condition;
}

/** The breakpoints and watchpoints that gdb has set, as conditions on a position. */
export class Breakpoints {
  readonly #set = new Map<string, Breakpoint>();
  /** gdb takes all away at every stop: the conditions stay, with what was found for them. */
  readonly #known = new Map<string, Breakpoint>();

  get conditions(): Condition[] {
    return [...this.#set.values()].map(({ condition }) => condition);
  }

  /** Whether finding one takes the accesses of the whole trace. */
  get needsAccesses(): boolean {
    return [...this.#set.values()].some(({ type }) => type === READ || type === ACCESS);
  }

  /** @param what `type,address,kind` of the packet: kind is the length of what is watched */
  insert(what: string, memory: Memory): string {
    const found = this.#known.get(what) ?? parse(what, memory);
    if (found === undefined) return '';
    this.#known.set(what, found);
    this.#set.set(what, found);
    return 'OK';
  }

  remove(what: string): string {
    this.#set.delete(what);
    return 'OK';
  }

  clear(): void {
    this.#set.clear();
  }

  /** What a stop at some conditions says of them: a watchpoint before a breakpoint. */
  reason(hits: readonly Hit[]): string {
    const met = [...this.#set.values()].filter(({ condition }) =>
      hits.some((hit) => hit.condition === condition),
    );
    const first = met.sort((a, b) => b.type - a.type)[0];
    if (first === undefined) return '';
    const isWatched = first.type >= WRITE;
    return `${REASONS[first.type]!}:${isWatched ? first.address.toString(16) : ''};`;
  }
}

/** Undefined for what is not supported, as a packet says it by an empty answer. */
function parse(what: string, memory: Memory): Breakpoint | undefined {
  const [typeText, addressText, kindText] = what.split(';')[0]!.split(',');
  const type = Number(typeText);
  const address = parseHex(addressText);
  const kind = parseHex(kindText);
  if (address === undefined || kind === undefined || address >= 2n ** 64n) return undefined;
  const place = memory.address(address);
  if (type === SOFTWARE || type === HARDWARE) {
    return { type, address, condition: { kind: 'execute', place } };
  }
  const length = Number(kind);
  if (length < 1 || length > MOST_WATCHED) return undefined;
  const range: MemoryRange = memory.physical
    ? { gpa: Number(place), length }
    : { gva: place, length };
  switch (type) {
    case WRITE:
      // gdb passes over writes that change nothing, so that they need not be found.
      return { type, address, condition: { kind: 'change', memory: range } };
    case READ:
      return { type, address, condition: { kind: 'read', memory: range } };
    case ACCESS:
      return { type, address, condition: { kind: 'access', memory: range } };
    default:
      return undefined;
  }
}

const MOST_WATCHED = 0x10000;
