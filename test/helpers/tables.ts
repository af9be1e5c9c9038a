/** Descriptor tables for test guests, made from what they mean. */
import type { Data } from './listing.js';

/** Gates by vector: the address of the handler. */
export type Handlers = Readonly<Record<number, number>>;

const INTERRUPT_GATE = 0x8e00n;
const CODE = 0x08n;

export interface GateOptions {
  /** Bits 32–47 of the gate: present, DPL, type; default: a present 32/64-bit interrupt gate. */
  readonly access?: bigint;
  readonly selector?: bigint;
}

/** The lower 8 bytes of a gate: all of one in protected mode (SDM vol. 3, 7.11 and 7.14.1). */
export function gate(handler: number, options: GateOptions = {}): bigint {
  const { access = INTERRUPT_GATE, selector = CODE } = options;
  const offset = BigInt(handler);
  return (offset & 0xffffn) | (selector << 16n) | (access << 32n) | ((offset >> 16n) << 48n);
}

/** An IDT of protected mode, as long as its highest vector needs. */
export function idt32(at: number, handlers: Handlers, options?: GateOptions): Data {
  return table(at, 1, handlers, (handler) => [gate(handler, options)]);
}

/** An IDT of long mode; handlers lie below 4 GiB. */
export function idt64(at: number, handlers: Handlers, options?: GateOptions): Data {
  return table(at, 2, handlers, (handler) => [gate(handler, options), 0n]);
}

function table(
  at: number,
  quads: number,
  handlers: Handlers,
  make: (handler: number) => bigint[],
): Data {
  const last = Math.max(...Object.keys(handlers).map(Number));
  const entries = new BigUint64Array((last + 1) * quads);
  for (const [vector, handler] of Object.entries(handlers)) {
    entries.set(make(handler), Number(vector) * quads);
  }
  return quadsAt(at, [...entries]);
}

/** 64-bit words from an address on. */
export function quadsAt(at: number, values: readonly bigint[]): Data {
  return { at, bytes: new Uint8Array(BigUint64Array.from(values).buffer) };
}

const PAGE = 0x1000n;
/** Present, writable, accessed, dirty: the CPU has nothing left to set. */
const PAGE_FLAGS = 0x63n;

/**
 * A page table (512 pages of 4 KiB) for the first 2 MiB, each gva its own gpa but for `other` entries
 * by page: 0n for a page that is not there.
 */
export function identityPages(at: number, other: Readonly<Record<number, bigint>> = {}): Data {
  const entries = Array.from(
    { length: 512 },
    (_, page) => other[page] ?? BigInt(page) * PAGE + PAGE_FLAGS,
  );
  return quadsAt(at, entries);
}
