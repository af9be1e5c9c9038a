/** Records a guest that is a listing through `recordGuest` and reads the trace back. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { GuestMode } from '../../src/guest/mode.js';
import { recordGuest, type RecordOptions, type RecordResult } from '../../src/recorder/record.js';
import type { Mode } from '../../src/x86/iced.js';
import { assemble, parseListing, type Data, type ListingLine } from './listing.js';
import { readTraceRows, type TraceRows } from './trace-rows.js';
import { patience } from './host.js';
import { temporaryDirectory } from './temporary.js';

export interface Guest {
  readonly mode: GuestMode;
  readonly listing: string;
  readonly data?: readonly Data[] | undefined;
  /** Default: the address of the listing's first line. */
  readonly entry?: number | undefined;
}

/** What a test may say of a recording beside the guest. */
export interface GuestRecordOptions extends Partial<
  Pick<
    RecordOptions,
    | 'memory'
    | 'maxSteps'
    | 'dirty'
    | 'bursts'
    | 'fpu'
    | 'snapshotEvery'
    | 'signal'
    | 'startAt'
    | 'stopAt'
    | 'clock'
    | 'ring'
    | 'fast'
  >
> {
  /** What the guest reads from COM1. */
  readonly input?: string | undefined;
}

export interface Recording {
  readonly lines: readonly ListingLine[];
  readonly result: RecordResult;
  readonly rows: TraceRows;
  /** What the guest wrote to its consoles. */
  readonly output: Uint8Array;
}

export const BITS: Readonly<Record<GuestMode, Mode>> = { real: 16, protected: 32, long: 64 };

/** Little memory, so that snapshots are small; what lies beyond it is MMIO. */
export const MEMORY: Readonly<Record<GuestMode, number>> = {
  real: 0x80000,
  protected: 0x200000,
  long: 0x200000,
};

/** What tells the recorder how to load a guest. */
type Loading = Pick<RecordOptions, 'guest' | 'format' | 'mode' | 'load' | 'entry'>;

/** Writes the guest as a flat image; returns the options that load it as the listing says. */
export function writeGuest(
  guest: Guest,
  directory: string,
): { lines: ListingLine[]; loading: Loading } {
  const lines = parseListing(guest.listing, BITS[guest.mode]);
  const image = assemble(lines, guest.data);
  const path = join(directory, 'guest.bin');
  writeFileSync(path, image.bytes);
  const loading: Loading = {
    guest: path,
    format: 'flat',
    mode: guest.mode,
    load: BigInt(image.load),
    entry: BigInt(guest.entry ?? lines[0]!.address),
  };
  return { lines, loading };
}

/** Records the guest into a file of its own and returns everything the trace says. */
export async function recordListing(
  guest: Guest,
  options: GuestRecordOptions = {},
): Promise<Recording> {
  const directory = mkdtempSync(join(tmpdir(), 'kvmtrace-test-'));
  try {
    const path = join(directory, 't.db');
    const recorded = await recordInto(path, guest, options);
    return { ...recorded, rows: readTraceRows(path) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Records the guest; returns the path of the trace, which lasts as long as the process. */
export async function recordTrace(guest: Guest, options: GuestRecordOptions = {}): Promise<string> {
  const path = join(temporaryDirectory(), 't.db');
  await recordInto(path, guest, options);
  return path;
}

async function recordInto(
  output: string,
  guest: Guest,
  { input, ...options }: GuestRecordOptions,
): Promise<Omit<Recording, 'rows'>> {
  const directory = dirname(output);
  const { lines, loading } = writeGuest(guest, directory);
  const portInput = join(directory, 'input');
  writeFileSync(portInput, input ?? '');
  const written: Uint8Array[] = [];
  const result = await recordGuest({
    memory: MEMORY[guest.mode],
    maxSteps: 1000,
    // A recorder that is stuck fails its test, and soon.
    signal: AbortSignal.timeout(patience(20_000)),
    dirty: 'auto',
    fpu: true,
    ...loading,
    ...options,
    portInput,
    output,
    force: false,
    onOutput: (bytes) => written.push(bytes.slice()),
  });
  return { lines, result, output: Buffer.concat(written) };
}
