/** Reads the words of trace/read/stream/step-stream-rare.ts. */
import type { Interruption } from '../../format/event-sink.js';
import { INPUT_KINDS, INTERRUPTION_KINDS, InterruptionFlag } from '../../format/events.js';

/** An access to a port or to MMIO. */
export interface FedAccess {
  readonly write: boolean;
  readonly size: number;
  readonly count: number;
  /** Port or gpa. */
  readonly address: number;
  readonly data: Uint8Array;
}

/** A value that came from outside without a port. */
export interface FedInput {
  /** Undefined for a kind that no recorder writes. */
  readonly kind: (typeof INPUT_KINDS)[number] | undefined;
  readonly value: bigint;
}

/** What few steps have besides registers and memory. */
export interface RareParts {
  readonly ports: readonly FedAccess[];
  readonly mmio: readonly FedAccess[];
  readonly interruptions: readonly Interruption[];
  readonly inputs: readonly FedInput[];
}

/** Decodes the words from `start` to the end of the step. */
export function readRare(words: Int32Array, start: number): RareParts {
  let at = start;
  const word = (): number => words[at++]!;
  const wide = (): bigint => {
    const low = word() >>> 0;
    return (BigInt(word() >>> 0) << 32n) | BigInt(low);
  };
  const bytes = (): Uint8Array => {
    const length = word();
    const end = at + ((length + 3) >> 2);
    const data = new Uint8Array(words.slice(at, end).buffer, 0, length);
    at = end;
    return data;
  };
  const list = <T>(read: () => T): T[] => Array.from({ length: word() }, read);

  const port = (): FedAccess => {
    const write = word() === 1;
    const address = word();
    const size = word();
    const count = word();
    return { write, address, size, count, data: bytes() };
  };
  const mmio = (): FedAccess => {
    const write = word() === 1;
    const address = Number(wide());
    const data = bytes();
    return { write, address, size: data.length, count: 1, data };
  };
  const interruption = (): Interruption => {
    const kind = INTERRUPTION_KINDS[word()]!;
    const vector = word();
    const flags = word();
    const errorCode = word() >>> 0;
    const cr2 = wide();
    const rip = wide();
    return {
      kind,
      vector,
      errorCode: (flags & InterruptionFlag.errorCode) === 0 ? undefined : errorCode,
      cr2: (flags & InterruptionFlag.cr2) === 0 ? undefined : cr2,
      rip,
      assisted: (flags & InterruptionFlag.assisted) !== 0,
    };
  };
  return {
    ports: list(port),
    mmio: list(mmio),
    interruptions: list(interruption),
    inputs: list(() => ({ kind: INPUT_KINDS[word()], value: wide() })),
  };
}
