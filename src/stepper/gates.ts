import { wide } from '../base/halves.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import { CR0, GDT, IDT, isLong, isProtected, LDTR } from '../machine/register-words.js';

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
  /** Bytes of each word of the frame that it pushes. */
  readonly slotSize: 2 | 4 | 8;
}

/** Exceptions with an error code (SDM vol. 3, table 7-1). */
const WITH_ERROR_CODE = new Set([8, 10, 11, 12, 13, 14, 17, 21]);

/** Whether an exception pushes an error code, in protected and in long mode. */
export function hasErrorCode(vector: number): boolean {
  return WITH_ERROR_CODE.has(vector);
}

/** Of a gate, the byte with its type, and the bit of it that says that it is present. */
const ACCESS_BYTE = 5;
const PRESENT = 0x80n;

const GATE_TYPES = new Set([0x6, 0x7, 0xe, 0xf]);

/** The first 8 bytes of an IDT entry in protected or long mode; undefined beyond the table. */
export function gateEntry(
  vector: number,
  words: Int32Array,
  memory: LinearMemory,
): bigint | undefined {
  const size = gateSize(words);
  if (vector * size + size - 1 > (words[IDT + 2]! & 0xffff)) return undefined;
  return memory.readNumber(wide(words[IDT]!, words[IDT + 1]!) + BigInt(vector * size), 8);
}

/** An interrupt or trap gate, 16 or 32/64 bits. */
export function isGateType(entry: bigint): boolean {
  return GATE_TYPES.has(Number((entry >> 40n) & 0xfn));
}

function gateSize(words: Int32Array): number {
  return isLong(words) ? 16 : 8;
}

/** The gate of a vector as the machine stands, or undefined where it is absent or no gate. */
export function gateOf(vector: number, words: Int32Array, memory: LinearMemory): Gate | undefined {
  if (!isProtected(words)) return realModeGate(vector, words, memory);
  const entry = gateEntry(vector, words, memory);
  if (entry === undefined || ((entry >> 47n) & 1n) === 0n || !isGateType(entry)) return undefined;
  const selector = Number((entry >> 16n) & 0xffffn);
  const offset = (entry & 0xffffn) | ((entry >> 32n) & 0xffff0000n);
  const dpl = Number((entry >> 45n) & 3n);
  if (isLong(words)) {
    const at = wide(words[IDT]!, words[IDT + 1]!) + BigInt(vector * gateSize(words)) + 8n;
    const upper = (memory.readNumber(at, 4) ?? 0n) & 0xffffffffn;
    return { vector, offset: offset | (upper << 32n), selector, base: 0n, dpl, slotSize: 8 };
  }
  const is16Bit = (entry & (8n << 40n)) === 0n;
  const base = descriptorBase(selector, words, memory) ?? 0n;
  return {
    ...{ vector, selector, base, dpl },
    offset: is16Bit ? offset & 0xffffn : offset,
    slotSize: is16Bit ? 2 : 4,
  };
}

/** Beyond the limit too: KVM's emulator takes no notice of it in real mode (observed). */
function realModeGate(vector: number, words: Int32Array, memory: LinearMemory): Gate | undefined {
  const entry = memory.readNumber(wide(words[IDT]!, words[IDT + 1]!) + BigInt(vector * 4), 4);
  if (entry === undefined) return undefined;
  const selector = Number((entry >> 16n) & 0xffffn);
  const base = BigInt(selector) << 4n;
  return { vector, offset: entry & 0xffffn, selector, base, dpl: 3, slotSize: 2 };
}

/** Makes a gate lead to another offset in its segment, behind the guest's and KVM's back. */
export function turnGate(
  gate: Gate,
  offset: bigint,
  words: Int32Array,
  memory: LinearMemory,
): void {
  const table = wide(words[IDT]!, words[IDT + 1]!);
  if (!isProtected(words)) {
    memory.poke(table + BigInt(gate.vector * 4), 2, offset);
    return;
  }
  const at = table + BigInt(gate.vector * gateSize(words));
  memory.poke(at, 2, offset);
  if (gate.slotSize !== 2) memory.poke(at + 6n, 2, offset >> 16n);
  if (gate.slotSize === 8) memory.poke(at + 8n, 4, offset >> 32n);
}

/** Makes a gate present or not, behind the guest's and KVM's back. */
export function setGatePresent(
  vector: number,
  present: boolean,
  words: Int32Array,
  memory: LinearMemory,
): void {
  const at = wide(words[IDT]!, words[IDT + 1]!) + BigInt(vector * gateSize(words) + ACCESS_BYTE);
  const access = memory.readNumber(at, 1);
  if (access === undefined) return;
  memory.poke(at, 1, present ? access | PRESENT : access & ~PRESENT);
}

/** Where a selector's descriptor lies: in the GDT or the LDT. */
export function descriptorAddress(selector: number, words: Int32Array): bigint {
  const table = (selector & 4) !== 0 ? LDTR : GDT;
  return wide(words[table]!, words[table + 1]!) + BigInt(selector & 0xfff8);
}

/** The 8 bytes of a segment descriptor, or undefined beyond the table's limit. */
export function descriptorOf(
  selector: number,
  words: Int32Array,
  memory: LinearMemory,
): bigint | undefined {
  const limit = (selector & 4) !== 0 ? words[LDTR + 2]! >>> 0 : words[GDT + 2]! & 0xffff;
  if ((selector & 0xfff8) + 7 > limit) return undefined;
  return memory.readNumber(descriptorAddress(selector, words), 8);
}

/** The base of a segment's or a TSS's descriptor. */
export function baseOf(descriptor: bigint): bigint {
  return ((descriptor >> 16n) & 0xffffffn) | ((descriptor >> 32n) & 0xff000000n);
}

function descriptorBase(
  selector: number,
  words: Int32Array,
  memory: LinearMemory,
): bigint | undefined {
  const descriptor = descriptorOf(selector, words, memory);
  if (descriptor === undefined) return undefined;
  return baseOf(descriptor);
}

/** The linear address of a gate's handler. */
export function handlerAddress(gate: Gate, words: Int32Array): bigint {
  const address = gate.base + gate.offset;
  return BigInt.asUintN(isLong(words) && (words[CR0]! & 1) !== 0 ? 64 : 32, address);
}
