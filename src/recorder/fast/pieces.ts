/** Stretches of a log, expanded: a file of events for some of them, and the trace of all. */
import { inputError, machineError } from '../../base/errors.js';
import type { KvmHost } from '../../kvm/host/host.js';
import type { FastLog } from '../../trace/fast/fast-log.js';
import { EventFileSink, readEventFile, readEventNote } from '../../trace/write/event-file.js';
import { EventJoiner } from '../../trace/write/join-events.js';
import { TraceRecording } from '../../trace/write/recording.js';
import { EventStream } from '../../trace/write/stream.js';
import { expandable, expandStretch } from './expand-stretch.js';
import { ExpandDivergence } from './log-bus.js';

/** What of a log is expanded: stretches from `from` up to, not including, `to`. */
export interface StretchRange {
  readonly from: number;
  readonly to: number;
}

/** A piece that was made, or read again. */
export interface Piece extends StretchRange {
  readonly path: string;
  readonly steps: number;
  readonly unknownInputs: number;
  readonly finalRip: bigint;
}

/** The part `index` (from 1) of `count` of a range: neighbouring stretches, so that few pieces are joined. */
export function partOf({ from, to }: StretchRange, index: number, count: number): StretchRange {
  const at = (part: number): number => from + Math.floor(((to - from) * part) / count);
  return { from: at(index - 1), to: at(index) };
}

/**
 * Expands stretches into a file of events.
 *
 * @param options.whole what it is a piece of
 * @throws KvmtraceError (2) naming the exit where a stretch does not go as it went
 */
export async function expandPiece(
  log: FastLog,
  { from, to }: StretchRange,
  options: { whole: StretchRange; path: string; host: KvmHost | undefined; onStretch(): void },
): Promise<Piece> {
  const { whole, path, host } = options;
  const sink = new EventFileSink();
  sink.open(path);
  const stream = new EventStream(sink);
  let steps = 0;
  let unknownInputs = 0;
  let finalRip = 0n;
  try {
    for (let id = from; id < to; id++) {
      // Each stretch numbers its instructions by itself.
      stream.flush();
      sink.startNumbers();
      const done = await expandStretch({
        log,
        id,
        host,
        stream,
        isFirst: id === whole.from,
        isLast: id + 1 === whole.to,
      });
      steps += done.steps;
      unknownInputs += done.unknownInputs;
      finalRip = done.finalRip;
      options.onStretch();
    }
  } catch (error) {
    if (!(error instanceof ExpandDivergence)) throw error;
    throw inputError(
      `${log.path} does not go again as it went: at exit ${error.entry} ${error.message}; it was recorded on another processor or kernel, was altered, or ran an instruction whose result nobody can know (RDTSC, RDRAND).`,
      error,
    );
  } finally {
    stream.flush();
    sink.note(
      JSON.stringify({
        from,
        to,
        whole,
        steps,
        unknownInputs,
        finalRip: String(finalRip),
        id: identity(log),
      }),
    );
    sink.close();
  }
  if (sink.failure !== undefined) {
    throw machineError(`${path} cannot be written (${sink.failure.message}): free some space`);
  }
  return { from, to, path, steps, unknownInputs, finalRip };
}

/** What tells a log from others: of one guest, and of one run. */
function identity({ header, meta }: FastLog): string {
  return [header.meta['guest_sha256'], meta.get('entries'), meta.get('recorded_at')].join(' ');
}

/** Reads what `expandPiece` wrote. Throws a KvmtraceError (2) for what is no piece of this log. */
export function readPiece(log: FastLog, path: string): Piece {
  const wrong = (why: string): Error =>
    inputError(`${path} ${why}: give files that expand --shard wrote from ${log.path}.`);
  let note: string | undefined;
  try {
    note = readEventNote(path);
  } catch (error) {
    throw wrong(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
  if (note === undefined) throw wrong('is no piece, or was cut short');
  const said = JSON.parse(note) as Record<string, unknown>;
  if (said['id'] !== identity(log)) throw wrong('is a piece of another log');
  return {
    path,
    from: Number(said['from']),
    to: Number(said['to']),
    steps: Number(said['steps']),
    unknownInputs: Number(said['unknownInputs']),
    finalRip: BigInt(String(said['finalRip'])),
  };
}

/**
 * Joins pieces into a trace.
 *
 * @throws KvmtraceError (2) where they are not neighbours
 */
export async function joinPieces(
  log: FastLog,
  pieces: readonly Piece[],
  output: string,
): Promise<void> {
  const sorted = pieces.toSorted((a, b) => a.from - b.from);
  const { header, meta } = log;
  const sum = (count: (piece: Piece) => number): number =>
    pieces.reduce((total, piece) => total + count(piece), 0);
  sorted.forEach((piece, index) => {
    const end = sorted[index - 1]?.to ?? piece.from;
    if (piece.from === end) return;
    throw inputError(
      piece.from > end
        ? `stretches ${end} to ${piece.from - 1} of ${log.path} are in no piece: expand them, too.`
        : `stretch ${piece.from} of ${log.path} is in several pieces: give each once.`,
    );
  });
  const first = sorted[0]!;
  const last = sorted.at(-1)!;
  const trace = await TraceRecording.create({
    ...header,
    path: output,
    meta: {
      ...header.meta,
      clock: 'exits',
      expanded_from: log.path,
      unknown_inputs: sum(({ unknownInputs }) => unknownInputs),
      ...(first.from === 0 ? {} : { start_at: `stretch ${first.from} of ${log.path}` }),
    },
  });
  const joiner = new EventJoiner(trace.stream);
  for (const { path } of sorted) {
    for (const batch of readEventFile(path)) joiner.send(batch);
  }
  const isWhole = last.to === expandable(log);
  const failure = await trace.close(last.finalRip, {
    stop_reason: isWhole ? String(meta.get('stop_reason')) : 'max-steps',
    stop_detail: isWhole ? String(meta.get('stop_detail')) : `stretch ${last.to} was not expanded`,
    ...(isWhole && meta.has('exit_code') ? { exit_code: Number(meta.get('exit_code')) } : {}),
  });
  if (failure !== undefined) {
    throw machineError(`${output} cannot be written (${failure.message}): free some space`);
  }
}
