/**
 * The event stream between the stepping thread and the writer thread: 32-bit words, one event after
 * another. The first word of an event is its kind in the low byte and an argument above it.
 *
 * | kind         | argument           | words that follow                                          |
 * |--------------|--------------------|------------------------------------------------------------|
 * | step         | mask of registers  | instruction id, then low, high of each register in the mask |
 * | register     | register id        | low, high                                                  |
 * | memory       | size in bytes, 1–8 | gpa low, gpa high, value low, value high                    |
 * | page         | 0                  | page low, page high (dirtied without a change)              |
 * | port         | direction, size<<1 | port, count, byte length, bytes                             |
 * | mmio         | direction          | gpa low, gpa high, byte length, bytes                       |
 * | instruction  | mode               | id, rip low/high, address low/high, byte length, bytes      |
 * | interruption | kind               | vector, flags, error code, cr2 low/high, rip low/high       |
 * | input        | kind               | low, high                                                  |
 * | snapshot     | 0                  | one blob (byte length, bytes) per column                    |
 * | snapshotPage | 0                  | page low, page high, 4096 bytes                             |
 * | assisted     | 0                  | nothing: kvmtrace ran the step's instruction for KVM        |
 * | end          | 0                  | final rip low/high, byte length, JSON of the closing meta   |
 *
 * Events between two step events belong to the first of the two; before the first step event they
 * belong to step -1, the initial state.
 */
export const EventKind = {
  step: 1,
  register: 2,
  memory: 3,
  page: 4,
  port: 5,
  mmio: 6,
  instruction: 7,
  interruption: 8,
  input: 9,
  snapshot: 10,
  snapshotPage: 11,
  end: 12,
  assisted: 13,
} as const;

/** Argument bits of a step event: general register i is bit i, rflags bit 16. */
export const STEP_REGISTERS = 17;

/** Directions of port and MMIO events. */
export const Direction = { read: 0, write: 1 } as const;
export type Direction = (typeof Direction)[keyof typeof Direction];

/**
 * Kinds of deliveries; the argument of an event and the column `interruption.kind` have the index
 * and the name.
 */
export const INTERRUPTION_KINDS = ['fault', 'trap', 'interrupt', 'nmi', 'software'] as const;
export type InterruptionKind = (typeof INTERRUPTION_KINDS)[number];
/** Bits that say which fields of an interruption follow. */
export const InterruptionFlag = { errorCode: 1, cr2: 2, assisted: 4 } as const;

/** Kinds of inputs that come without a port. */
export const INPUT_KINDS = ['tsc', 'tscp', 'cpuid', 'pmc', 'random', 'msr', 'dma'] as const;

/** Columns of a snapshot, in the order of their blobs. */
export const SNAPSHOT_COLUMNS = [
  'regs',
  'sregs',
  'xsave',
  'xcrs',
  'msrs',
  'events',
  'debugregs',
  'mp_state',
  'devices',
] as const;
/** The blobs of a snapshot, by column. */
export type SnapshotBlobs = Record<(typeof SNAPSHOT_COLUMNS)[number], Uint8Array>;

/** Index behind the event that begins at index `at`. */
export function eventEnd(words: Int32Array, at: number): number {
  const head = words[at]!;
  const afterBlob = (index: number): number => index + 1 + ((words[index]! + 3) >> 2);
  switch (head & 0xff) {
    case EventKind.step:
      return at + 2 + 2 * bitCount(head >>> 8);
    case EventKind.register:
    case EventKind.page:
    case EventKind.input:
      return at + 3;
    case EventKind.memory:
      return at + 5;
    case EventKind.port:
    case EventKind.mmio:
    case EventKind.snapshotPage:
    case EventKind.end:
      return afterBlob(at + 3);
    case EventKind.instruction:
      return afterBlob(at + 6);
    case EventKind.interruption:
      return at + 8;
    case EventKind.assisted:
      return at + 1;
    case EventKind.snapshot:
      return SNAPSHOT_COLUMNS.reduce(afterBlob, at + 1);
    default:
      throw new Error(`kvmtrace bug: event kind ${head & 0xff} in the event stream`);
  }
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++;
  return count;
}
