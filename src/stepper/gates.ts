import type { LinearMemory } from './linear-memory.js';
import { CR0, GDT, IDT, isLong, isProtected, LDTR, wide } from './machine-words.js';

/** Where an exception or interrupt goes: an entry of the IDT, or of the real-mode vector table. */
export interface Gate {
  readonly vector: number;
  /** rip of the handler's first instruction. */
  readonly offset: bigint;
  readonly selector: number;
  /** Base of the handler's code segment: 0 in 64-bit mode. */
  readonly base: bigint;
  /** Privilege that INT n needs to pass the gate. */
  readonly dpl: number;
}

const GATE_TYPES = new Set([0x6, 0x7, 0xe, 0xf]);

/** The gate of a vector as the machine stands, or undefined where it is absent or no gate. */
export function gateOf(vector: number, words: Int32Array, memory: LinearMemory): Gate | undefined {
  const base = wide(words[IDT]!, words[IDT + 1]!);
  const limit = words[IDT + 2]! & 0xffff;
  if (!isProtected(words)) return realModeGate(vector, base, limit, memory);
  const size = isLong(words) ? 16 : 8;
  if (vector * size + size - 1 > limit) return undefined;
  const at = base + BigInt(vector * size);
  const entry = memory.readNumber(at, 8);
  if (entry === undefined || ((entry >> 47n) & 1n) === 0n) return undefined;
  if (!GATE_TYPES.has(Number((entry >> 40n) & 0xfn))) return undefined;
  const selector = Number((entry >> 16n) & 0xffffn);
  let offset = (entry & 0xffffn) | ((entry >> 32n) & 0xffff0000n);
  if (size === 16) offset |= ((memory.readNumber(at + 8n, 4) ?? 0n) & 0xffffffffn) << 32n;
  else if (Number((entry >> 40n) & 0xfn) < 0xe) offset &= 0xffffn;
  return {
    vector,
    offset,
    selector,
    base: size === 16 ? 0n : (descriptorBase(selector, words, memory) ?? 0n),
    dpl: Number((entry >> 45n) & 3n),
  };
}

function realModeGate(
  vector: number,
  base: bigint,
  limit: number,
  memory: LinearMemory,
): Gate | undefined {
  if (vector * 4 + 3 > limit) return undefined;
  const entry = memory.readNumber(base + BigInt(vector * 4), 4);
  if (entry === undefined) return undefined;
  const selector = Number((entry >> 16n) & 0xffffn);
  return { vector, offset: entry & 0xffffn, selector, base: BigInt(selector) << 4n, dpl: 3 };
}

/** The 8 bytes of a segment descriptor, from the GDT or the LDT. */
export function descriptorOf(
  selector: number,
  words: Int32Array,
  memory: LinearMemory,
): bigint | undefined {
  const local = (selector & 4) !== 0;
  const base = local ? wide(words[LDTR]!, words[LDTR + 1]!) : wide(words[GDT]!, words[GDT + 1]!);
  const limit = local ? words[LDTR + 2]! >>> 0 : words[GDT + 2]! & 0xffff;
  if ((selector & 0xfff8) + 7 > limit) return undefined;
  return memory.readNumber(base + BigInt(selector & 0xfff8), 8);
}

function descriptorBase(
  selector: number,
  words: Int32Array,
  memory: LinearMemory,
): bigint | undefined {
  const descriptor = descriptorOf(selector, words, memory);
  if (descriptor === undefined) return undefined;
  return ((descriptor >> 16n) & 0xffffffn) | ((descriptor >> 32n) & 0xff000000n);
}

/** The linear address of a gate's handler. */
export function handlerAddress(gate: Gate, words: Int32Array): bigint {
  const address = gate.base + gate.offset;
  return BigInt.asUintN(isLong(words) && (words[CR0]! & 1) !== 0 ? 64 : 32, address);
}
