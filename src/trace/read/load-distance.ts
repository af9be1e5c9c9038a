/**
 * Kernels are linked for high addresses and loaded low: until they have paging as they want it they run
 * at other addresses than those of their symbols. How far apart the two are is not in early traces, but
 * follows from where the page tables have the symbols in the end.
 */
import { lowWord } from '../../base/halves.js';
import { isLongMode, hasPaging } from '../../x86/control-bits.js';
import { PAGE_BYTES } from '../../base/page.js';
import { walk } from '../../x86/page-walk.js';
import { REGISTER_CR0, REGISTER_CR3, REGISTER_CR4, REGISTER_EFER } from '../format/registers.js';
import { type MemoryReader } from './memory.js';
import type { Meta } from './meta.js';
import { physicalBytes } from './physical.js';
import type { RegisterReader } from './registers.js';
import type { TraceSymbol } from './symbols.js';

/** What of a trace it follows from. */
export interface LoadedTrace {
  readonly memory: MemoryReader;
  readonly registers: RegisterReader;
  readonly meta: Meta;
  readonly stepCount: number;
}

const MAX_LINEAR_32 = 0xffff_ffffn;
/** Pages of symbols that are asked for: they agree, but for those that the guest has given up. */
const MAX_PAGES = 4096;
/** Of what a linker script says, where the page tables do not tell. */
const ROUND = 0x10_0000n;

/**
 * How much higher the symbols outside of RAM are than where the guest was loaded, or undefined where
 * there are none or nothing tells.
 */
export function loadDistance(
  trace: LoadedTrace,
  symbols: readonly TraceSymbol[],
): bigint | undefined {
  const high = symbols.map(({ address }) => address).filter((each) => !isRam(trace, each));
  if (high.length === 0) return undefined;
  return mappedDistance(trace, high) ?? roundDistance(trace, high);
}

function isRam({ memory }: LoadedTrace, address: bigint): boolean {
  return memory.slots.some(
    ({ gpa, size, purpose }) =>
      purpose === 'ram' && address >= BigInt(gpa) && address < BigInt(gpa + size),
  );
}

/** By the page tables of the last state, as most of the pages have it. */
function mappedDistance(trace: LoadedTrace, addresses: readonly bigint[]): bigint | undefined {
  const { registers, memory, stepCount } = trace;
  const value = (id: number): bigint => registers.last(id, stepCount)?.value ?? 0n;
  const cr0 = value(REGISTER_CR0);
  const efer = value(REGISTER_EFER);
  if (!hasPaging(cr0)) return undefined;
  const limit = isLongMode(efer) ? (1n << 64n) - 1n : MAX_LINEAR_32;
  const cr3 = value(REGISTER_CR3);
  const paging = {
    ...{ cr0: lowWord(cr0), cr4: lowWord(value(REGISTER_CR4)), efer: lowWord(efer) },
    ...{ cr3Low: lowWord(cr3), cr3High: lowWord(cr3 >> 32n) },
  };
  const tables = new Map<number, DataView | undefined>();
  const entry = (gpa: number): number | undefined => {
    const page = Math.floor(gpa / PAGE_BYTES);
    if (!tables.has(page)) {
      const bytes = physicalBytes(memory, page * PAGE_BYTES, PAGE_BYTES, stepCount);
      tables.set(page, bytes && new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    }
    return tables.get(page)?.getInt32(gpa % PAGE_BYTES, true);
  };
  const votes = new Map<bigint, number>();
  const pages = new Set(addresses.filter((each) => each <= limit).map((each) => each & ~0xfffn));
  for (const page of [...pages].slice(0, MAX_PAGES)) {
    const found = walk(lowWord(page), lowWord(page >> 32n), paging, entry);
    if (found.kind !== 'mapped' || !isRam(trace, BigInt(found.gpa))) continue;
    const distance = page - BigInt(found.gpa);
    votes.set(distance, (votes.get(distance) ?? 0) + 1);
  }
  return [...votes].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/**
 * Of a recording that ends before: the guest begins at one of its symbols, and is linked a round
 * distance from where it is loaded. The roundest of such distances that has all of it in RAM.
 */
function roundDistance(trace: LoadedTrace, addresses: readonly bigint[]): bigint | undefined {
  const entry = trace.meta.get('entry');
  if (typeof entry !== 'bigint') return undefined;
  const distances = addresses
    .map((address) => address - entry)
    .filter((each) => each > 0n && each % ROUND === 0n)
    .filter((each) => addresses.every((address) => isRam(trace, address - each)));
  return distances.sort((a, b) => Number(roundness(b) - roundness(a)))[0];
}

/** The largest power of two that divides it. */
function roundness(value: bigint): bigint {
  return value & -value;
}
