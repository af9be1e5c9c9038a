/**
 * What the burst loop and kvmtrace share: byte offsets of the structs in native/burst.h, where each field
 * is explained. A test compares the two.
 */
import { PAGE_BYTES } from '../../base/page.js';

/** struct burst: the request, and its results. */
export const REQUEST = {
  run: 0,
  codes: 8,
  slots: 16,
  events: 24,
  stores: 32,
  vcpu: 40,
  code_mask: 44,
  slot_count: 48,
  max_steps: 52,
  event_room: 56,
  store_room: 60,
  steps: 64,
  event_count: 68,
  store_count: 72,
  last_store: 76,
  end: 80,
  result: 84,
  exit_code: 88,
  regs: 96,
} as const;

/** struct burst_code. */
export const CODE = {
  linear: 0,
  rip: 8,
  bytes: 16,
  target: 32,
  id: 40,
  stack_delta: 44,
  length: 48,
  mode: 49,
  flow: 50,
  conditional: 51,
  branch_register: 52,
  branch_size: 53,
  branch_operand: 54,
  operand_count: 55,
  operand: 64,
} as const;
/** Bytes of a struct burst_code. */
export const CODE_BYTES = 128;

/** struct burst_operand. */
export const OPERAND = {
  segment: 0,
  base: 1,
  index: 2,
  scale: 3,
  address_bits: 4,
  size: 5,
  access: 6,
  displacement: 8,
} as const;
/** Bytes of a struct burst_operand. */
export const OPERAND_BYTES = 16;

/** struct burst_slot. */
export const SLOT = { gpa: 0, size: 8, memory: 16, writable: 24 } as const;
/** Bytes of a struct burst_slot. */
export const SLOT_BYTES = 32;

/** struct burst_store. */
export const STORE = { slot: 0, size: 4, offset: 8, before: 16, after: 24 } as const;
/** Bytes of a struct burst_store. */
export const STORE_BYTES = 32;

/** Words of `regs`. */
export const REGS_WORDS = 36;

/** No register. */
export const NONE = 0xff;
/** The instruction moves the stack pointer by an amount that is not fixed. */
export const ANY_DELTA = -0x8000_0000;
/** Places that a code may stand in, from the one that its address says on. */
export const PROBES = 8;
/** Memory operands of a plain instruction. */
export const MAX_OPERANDS = 4;
/** Bytes of the largest store. */
export const MAX_STORE_BYTES = 16;
/** Where an instruction goes. */
export const FLOW = { NEXT: 0, DIRECT: 1, REGISTER: 2, MEMORY: 3 } as const;
/** Bits of what is done to an operand. */
export const ACCESS = { READS: 1, WRITES: 2 } as const;
/** Why a burst has ended: see the header. */
export const END = { LIMIT: 0, NOT_PLAIN: 1, INTERRUPTED: 2, EXIT: 3 } as const;

const STORES_ROOM = 1 << 13;
const EVENT_WORDS = 1 << 16;
/** Places in the table of codes: a power of two. */
export const CODES = 1 << 16;
/** Offsets in the memory that is shared. Slots have a page, and there are fewer than 100. */
export const ARENA = {
  request: 0,
  slots: PAGE_BYTES,
  stores: 2 * PAGE_BYTES,
  events: 2 * PAGE_BYTES + STORES_ROOM * STORE_BYTES,
  codes: 2 * PAGE_BYTES + STORES_ROOM * STORE_BYTES + EVENT_WORDS * 4,
} as const;
/** How many stores and words of events one burst has room for. */
export const ROOM = { stores: STORES_ROOM, events: EVENT_WORDS } as const;
