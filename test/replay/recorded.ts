/** Recordings in files, and replays of them, for tests. */
import Sqlite from 'better-sqlite3';
import { copyFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { recordGuest, type RecordOptions } from '../../src/recorder/record.js';
import { replay, type ReplayOptions, type ReplayOutcome } from '../../src/replay/replayer.js';
import { openTrace } from '../../src/trace/read/open.js';
import { patience } from '../helpers/host.js';
import { assembleGuest, type SourceGuest } from './guests.js';

const MEMORY_BYTES = 2 * 1024 * 1024;
/** What the guests read from COM1. */
const PORT_INPUT = 'hello, guest';

/** Records a guest into a file beside its image; returns the path. */
export async function recordSource(
  guest: SourceGuest,
  options: Partial<RecordOptions> = {},
): Promise<string> {
  const image = assembleGuest(guest);
  const portInput = join(dirname(image), 'input');
  writeFileSync(portInput, PORT_INPUT);
  const output = join(dirname(image), 't.db');
  await recordGuest({
    guest: image,
    output,
    format: 'flat',
    mode: guest.mode,
    load: BigInt(guest.load),
    memory: MEMORY_BYTES,
    maxSteps: 5000,
    portInput,
    force: false,
    dirty: 'auto',
    fpu: true,
    signal: AbortSignal.timeout(patience(60_000)),
    onOutput: () => undefined,
    ...options,
  });
  return output;
}

/** Replays a trace, all of it if not said otherwise. */
export async function replayFile(
  path: string,
  options: Partial<ReplayOptions> = {},
): Promise<ReplayOutcome> {
  using trace = openTrace(path);
  const signal = AbortSignal.timeout(patience(60_000));
  return await replay(trace, { from: 0, to: trace.stepCount, signal, ...options });
}

let copies = 0;

/** A copy of a trace with some SQL run on it. */
export function altered(path: string, sql: string): string {
  const copy = join(dirname(path), `altered-${++copies}.db`);
  copyFileSync(path, copy);
  const database = new Sqlite(copy);
  try {
    const changes = (): number =>
      database.prepare<[], number>('SELECT total_changes()').pluck().get()!;
    const before = changes();
    database.exec(sql);
    if (changes() === before) throw new Error(`alters nothing: ${sql}`);
  } finally {
    database.close();
  }
  return copy;
}

/** The first column of some rows of a trace; `other` is another one, attached as `o`. */
export function askAll(path: string, sql: string, other?: string): number[] {
  const database = new Sqlite(path, { readonly: true });
  try {
    if (other !== undefined) database.prepare('ATTACH ? AS o').run(other);
    return database.prepare<[], number>(sql).pluck().all();
  } finally {
    database.close();
  }
}

/** One value out of a trace. */
export function ask(path: string, sql: string, other?: string): number {
  const [value] = askAll(path, sql, other);
  if (value === undefined) throw new Error(`nothing: ${sql}`);
  return value;
}
