/** The RAM that every guest of the doctor starts with: descriptor tables, handlers, page tables. */
import {
  BUSY_TSS,
  CODE16,
  CODE32,
  CODE64,
  DATA16,
  DATA32,
  encodeDescriptor,
  type SegmentDescriptor,
} from '../guest/boot/segments.js';
import {
  GDT,
  HANDLER_BYTES,
  HANDLERS,
  HALT_FOR_GOOD,
  IDT32,
  IDT64,
  IVT,
  KERNEL_STACK,
  PAGE_TABLES,
  RAM_BYTES,
  SELECTOR,
  SYSCALL_ENTRY,
  TSS32,
  TSS64,
} from './layout.js';

const VECTORS = 256;
const TSS_LIMIT = 0x67;
const IO_MAP_BASE = 0x66;

/**
 * Two instructions to be seen, and an end: `nop; nop; hlt; jmp` to the HLT. The same bytes in every mode.
 * Without the jump what runs on after the HLT would be whatever comes to lie there.
 */
const NOPS_AND_HLT = [0x90, 0x90, ...HALT_FOR_GOOD];

/** DPL 3, in a descriptor's or a gate's access byte. */
const USER = 0x60n << 40n;

/** 32- and 64-bit interrupt gate, present, DPL 3 so that INT n may pass it from anywhere. */
const INTERRUPT_GATE = 0xee00;

/** Present, writable, user, accessed; for the 2 MiB pages also dirty. */
const TABLE_FLAGS = 0x27n;
const LARGE_PAGE_FLAGS = 0xe7n;

/** The descriptor of a busy TSS at `base`. */
export function tssDescriptor(base: number): SegmentDescriptor {
  return { base, limit: TSS_LIMIT, type: BUSY_TSS, s: 0, l: 0, db: 0, g: 0 };
}

/** The address of a vector's handler: linear, and rip with a flat code segment. */
export function handlerOf(vector: number): number {
  return HANDLERS + vector * HANDLER_BYTES;
}

/** The RAM that guests start with, made anew. */
export function memoryImage(): Uint8Array {
  const bytes = new Uint8Array(RAM_BYTES);
  const view = new DataView(bytes.buffer);
  for (let vector = 0; vector < VECTORS; vector++) {
    const handler = handlerOf(vector);
    bytes.set(NOPS_AND_HLT, handler);
    writeGates(view, vector, handler);
  }
  bytes.set(NOPS_AND_HLT, SYSCALL_ENTRY);
  writeGdt(view);
  writeTaskStates(view);
  writePageTables(view);
  return bytes;
}

function writeGates(view: DataView, vector: number, handler: number): void {
  view.setUint32(IVT + vector * 4, handler, true);
  const gate32 = IDT32 + vector * 8;
  view.setUint32(gate32, handler | (SELECTOR.code32 << 16), true);
  view.setUint32(gate32 + 4, INTERRUPT_GATE, true);
  const gate64 = IDT64 + vector * 16;
  view.setUint32(gate64, handler | (SELECTOR.code64 << 16), true);
  view.setUint32(gate64 + 4, INTERRUPT_GATE, true);
}

function writeGdt(view: DataView): void {
  const put = (selector: number, descriptor: bigint): void => {
    view.setBigUint64(GDT + (selector & ~7), descriptor, true);
  };
  put(SELECTOR.code64, encodeDescriptor(CODE64));
  put(SELECTOR.data, encodeDescriptor(DATA32));
  put(SELECTOR.code32, encodeDescriptor(CODE32));
  put(SELECTOR.code16, encodeDescriptor(CODE16));
  put(SELECTOR.data16, encodeDescriptor(DATA16));
  put(SELECTOR.userCode32, encodeDescriptor(CODE32) | USER);
  put(SELECTOR.userData, encodeDescriptor(DATA32) | USER);
  put(SELECTOR.userCode64, encodeDescriptor(CODE64) | USER);
  put(SELECTOR.tss32, encodeDescriptor(tssDescriptor(TSS32)));
  put(SELECTOR.tss64, encodeDescriptor(tssDescriptor(TSS64)));
}

/** The stack of level 0: esp0 and ss0 of a 32-bit TSS, rsp0 of a 64-bit one (SDM vol. 3, 8.2, 8.7). */
function writeTaskStates(view: DataView): void {
  view.setUint32(TSS32 + 4, KERNEL_STACK, true);
  view.setUint32(TSS32 + 8, SELECTOR.data, true);
  view.setUint32(TSS64 + 4, KERNEL_STACK, true);
  for (const tss of [TSS32, TSS64]) view.setUint16(tss + IO_MAP_BASE, TSS_LIMIT + 1, true);
}

/** Identity map of the first GiB in 2 MiB pages that user mode may use too. */
function writePageTables(view: DataView): void {
  const pointers = PAGE_TABLES + 0x1000;
  const directory = PAGE_TABLES + 0x2000;
  view.setBigUint64(PAGE_TABLES, BigInt(pointers) | TABLE_FLAGS, true);
  view.setBigUint64(pointers, BigInt(directory) | TABLE_FLAGS, true);
  for (let page = 0; page < 512; page++) {
    view.setBigUint64(directory + page * 8, (BigInt(page) << 21n) | LARGE_PAGE_FLAGS, true);
  }
}
