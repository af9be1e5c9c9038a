import { inputError } from '../base/errors.js';
import { openTrace, openTraceForIndex } from '../trace/read/open.js';
import type { SourceRange } from '../trace/read/source-lines.js';
import type { TraceSymbol } from '../trace/read/symbols.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { explainDeriveError } from './explain.js';
import { derive, DERIVED_PARTS, type DerivedPart } from './derive.js';

/** What indexing did to the file. */
export interface IndexResult {
  readonly steps: number;
  /** Of the file, in bytes. */
  readonly before: number;
  readonly after: number;
}

/** Names and source lines that a trace is to have instead of its own. */
export interface IndexNames {
  readonly symbols: readonly TraceSymbol[];
  readonly sourceLines: readonly SourceRange[];
}

/**
 * Makes the derived tables of a trace in its file, anew if it has them.
 *
 * @param names replaces the symbols and source lines of the trace first
 * @throws KvmtraceError (exit code 2): not a trace, not writable, damaged; the file is then as before
 */
export function indexTrace(
  path: string,
  onProgress?: (steps: number) => void,
  names?: IndexNames,
): IndexResult {
  using file = openTraceForIndex(path);
  // Another process that keeps it from writing is not waited for long; rows would be of a part of the trace.
  if (file.recorder !== undefined) {
    throw inputError(
      `${path} is being recorded by process ${file.recorder}: index it when that has ended.`,
    );
  }
  const steps = file.stepCount;
  // Asked for first: it looks whether the file was altered, which new names are not.
  const { derived } = file;
  if (names !== undefined) file.replaceSymbols(names.symbols, names.sourceLines);
  derived.fillFile(steps, (sink) => {
    explainDeriveError(file.path, () => {
      derive(file, { parts: DERIVED_PARTS, sink, onProgress });
    });
  });
  using again = openTrace(path);
  return { steps, before: file.sizeBytes, after: again.sizeBytes };
}

/**
 * Sees to it that the tables of a part can be queried: those in the file, or, for a trace without an
 * index, ones that last as long as the trace is open. The latter takes about a second per million
 * steps.
 *
 * @throws KvmtraceError (exit code 2) for a damaged trace
 */
export function ensureDerived(
  file: TraceFile,
  part: DerivedPart,
  onProgress?: (steps: number) => void,
): void {
  if (file.derived.has(part)) return;
  file.derived.fillTemporary(part, (sink) => {
    explainDeriveError(file.path, () => {
      derive(file, {
        parts: [part],
        sink,
        onProgress: (steps) => {
          file.onWork?.();
          onProgress?.(steps);
        },
      });
    });
  });
}
