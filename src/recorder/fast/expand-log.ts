/** From the log of a guest that ran unstepped to a trace of every step. */
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mkdtempSync } from 'node:fs';
import { inputError } from '../../base/errors.js';
import type { KvmHost } from '../../kvm/host/host.js';
import { FastLog } from '../../trace/fast/fast-log.js';
import { checkOutput, fileSize, removeTrace } from '../files.js';
import { expandable } from './expand-stretch.js';
import {
  expandPiece,
  joinPieces,
  partOf,
  readPiece,
  type Piece,
  type StretchRange,
} from './pieces.js';

/** What of a log is expanded, and how. */
export interface ExpandOptions {
  readonly path: string;
  readonly output: string;
  readonly force: boolean;
  /** The first stretch; default 0. */
  readonly from?: number | undefined;
  /** The stretch before which to end; default all. */
  readonly to?: number | undefined;
  readonly host: KvmHost | undefined;
  /** Expands a part in a process of its own, into a file; where it is given, `jobs` of them at once. */
  readonly jobs?: {
    readonly count: number;
    readonly run: (shard: string, piece: string) => Promise<void>;
  };
  readonly onStretch?: () => void;
}

/** What came of it. */
export interface ExpandResult {
  readonly steps: number;
  readonly stretches: number;
  /** Results of RDTSC, RDRAND and such, which are those of the expansion. */
  readonly unknownInputs: number;
  readonly seconds: number;
  readonly fileBytes: number;
}

/**
 * Expands a log, or some of its stretches, into a trace.
 *
 * @throws KvmtraceError (2) for what is no log, and naming the exit where it does not go as it went; no
 * file is left then
 */
export async function expandLog(options: ExpandOptions): Promise<ExpandResult> {
  using log = FastLog.open(options.path);
  const range = rangeOf(log, options);
  checkOutput(options);
  const start = performance.now();
  const directory = mkdtempSync(
    join(dirname(options.output), `${basename(options.output)}.pieces-`),
  );
  try {
    const pieces = await makePieces(log, range, directory, options);
    removeTrace(options.output);
    await joinPieces(log, pieces, options.output);
    return resultOf(pieces, options.output, start);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Expands one part of `count` into the file `output`, which `mergePieces` takes. */
export async function expandShard(
  options: ExpandOptions,
  shard: { readonly index: number; readonly count: number },
): Promise<ExpandResult> {
  using log = FastLog.open(options.path);
  const range = rangeOf(log, options);
  checkOutput(options);
  const start = performance.now();
  rmSync(options.output, { force: true });
  try {
    const piece = await expandPiece(log, partOf(range, shard.index, shard.count), {
      ...{ whole: range, path: options.output, host: options.host },
      onStretch: options.onStretch ?? (() => undefined),
    });
    return resultOf([piece], options.output, start);
  } catch (error) {
    rmSync(options.output, { force: true });
    throw error;
  }
}

/** Joins the pieces that `expandShard` made, on whatever machines, into a trace. */
export async function mergePieces(
  options: Pick<ExpandOptions, 'path' | 'output' | 'force'>,
  paths: readonly string[],
): Promise<ExpandResult> {
  using log = FastLog.open(options.path);
  checkOutput(options);
  const start = performance.now();
  const pieces = paths.map((path) => readPiece(log, path)).filter(({ from, to }) => from < to);
  if (pieces.length === 0)
    throw inputError('There are no pieces to join: give those of expand --shard.');
  removeTrace(options.output);
  await joinPieces(log, pieces, options.output);
  return resultOf(pieces, options.output, start);
}

async function makePieces(
  log: FastLog,
  range: StretchRange,
  directory: string,
  { jobs, host, onStretch = () => undefined }: ExpandOptions,
): Promise<Piece[]> {
  const count = Math.min(jobs?.count ?? 1, range.to - range.from);
  const paths = Array.from({ length: count }, (_, i) => join(directory, String(i + 1)));
  if (jobs === undefined || count === 1) {
    const path = paths[0]!;
    return [await expandPiece(log, range, { whole: range, path, host, onStretch })];
  }
  await Promise.all(paths.map((path, i) => jobs.run(`${i + 1}/${count}`, path)));
  return paths.map((path) => readPiece(log, path));
}

function rangeOf(log: FastLog, { from = 0, to }: ExpandOptions): StretchRange {
  const end = expandable(log);
  const range = { from, to: Math.min(to ?? end, end) };
  if (range.from < range.to) return range;
  throw inputError(
    `${log.path} has stretches 0 to ${end - 1}, and none from ${from} to ${to ?? end}: give others.`,
  );
}

function resultOf(pieces: readonly Piece[], output: string, start: number): ExpandResult {
  const sum = (count: (piece: Piece) => number): number =>
    pieces.reduce((total, piece) => total + count(piece), 0);
  return {
    steps: sum(({ steps }) => steps),
    stretches: sum(({ from, to }) => to - from),
    unknownInputs: sum(({ unknownInputs }) => unknownInputs),
    seconds: (performance.now() - start) / 1000,
    fileBytes: fileSize(output),
  };
}
