/** What an exporter is: a trace in, the bytes of another format out, a piece at a time. */
import type { Trace } from '../query/trace.js';

/** Pieces of a file, in order. Text is UTF-8. */
export type Chunk = string | Uint8Array;

/** What to export. Steps are numbered as in the trace, whatever the range. */
export interface ExportSource {
  readonly trace: Trace;
  /** The first step. */
  readonly from: number;
  /** The step after the last. */
  readonly to: number;
  /** Where the result goes, for formats whose files name each other; undefined for a pipe. */
  readonly output: string | undefined;
  /** Of formats that export tables, which; undefined for all. */
  readonly tables: readonly string[] | undefined;
  /** To be told how far the export has come, now and then: the step that is next. */
  readonly progress: (step: number) => void;
}

/** One file of an export. */
export interface ExportFile {
  /** What to append to the output's path; in a directory the name of the file. */
  readonly name: string;
  readonly chunks: Iterable<Chunk>;
}

/**
 * A format. Its files are read to their ends in order, one after the other, so that what is in memory
 * at a time does not depend on the length of the trace.
 */
export interface Exporter {
  /**
   * @throws KvmtraceError (exit code 2) for what the format cannot hold, and where the trace turns out
   * to be damaged, also while the files are read
   */
  files(source: ExportSource): Iterable<ExportFile>;
}

/** An exporter whose format is a single file. */
export function singleFile(chunks: (source: ExportSource) => Iterable<Chunk>): Exporter {
  return { files: (source) => [{ name: '', chunks: chunks(source) }] };
}
