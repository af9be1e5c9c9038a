import type { Direction, INPUT_KINDS, InterruptionKind } from './events.js';

/** An exception or interrupt, as the trace has it. */
export interface Interruption {
  readonly kind: InterruptionKind;
  readonly vector: number;
  readonly errorCode: number | undefined;
  readonly cr2: bigint | undefined;
  /** rip that was interrupted. */
  readonly rip: bigint;
  /** Delivered by kvmtrace in KVM's place. */
  readonly assisted: boolean;
}

/**
 * Takes what steps did, in order: a recording sends it to the file, a replay compares it with the
 * file. Events between two `step` calls belong to the first of the two.
 */
export interface EventSink {
  /**
   * One retired instruction. `changed` has a bit for each of the 17 registers (general, rflags) that
   * changed; `after` holds their values, low and high word by turns.
   */
  step(instruction: number, changed: number, after: Int32Array): void;
  register(id: number, low: number, high: number): void;
  /** `size` (1–8) bytes at `gpa` are now `high`:`low`, little-endian. */
  memory(gpa: number, size: number, low: number, high: number): void;
  /** A page that KVM reports dirty and that did not change. */
  unchangedPage(page: number): void;
  port(direction: Direction, port: number, size: number, count: number, data: Uint8Array): void;
  mmio(direction: Direction, gpa: number, data: Uint8Array): void;
  /** Delivered before the next step. */
  interruption(event: Interruption): void;
  input(kind: (typeof INPUT_KINDS)[number], value: bigint): void;
  /** The step's instruction was carried out by kvmtrace, not by KVM. */
  assisted(): void;
}
