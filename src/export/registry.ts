/** The formats of `kvmtrace export`, by name. A new one is a file here and a line below. */
import type { Exporter } from './exporter.js';

/** A format and how to come by its exporter. */
export interface ExportFormat {
  /** As in `--as name`. */
  readonly name: string;
  /** What the result is for, in a few words. */
  readonly summary: string;
  /** Of the default output, behind the name of the trace. */
  readonly extension: string;
  /** The output is a directory with a file for each table. */
  readonly directory: boolean;
  /** Loads the exporter: the others stay on disk. */
  load(): Promise<Exporter>;
}

const file = (
  name: string,
  extension: string,
  summary: string,
  load: () => Promise<Exporter>,
): ExportFormat => ({ name, extension, summary, directory: false, load });

const directory = (name: string, summary: string, load: () => Promise<Exporter>): ExportFormat => ({
  name,
  extension: name,
  summary,
  directory: true,
  load,
});

/** All formats, in the order of the documentation. */
export const EXPORT_FORMATS: readonly ExportFormat[] = [
  file(
    'tenet',
    'tenet.log',
    'every step for the trace explorer Tenet (IDA, Binary Ninja)',
    async () => (await import('./tenet.js')).tenet,
  ),
  file(
    'drcov',
    'drcov',
    'basic blocks that ran, for Lighthouse and others',
    async () => (await import('./drcov.js')).drcov,
  ),
  file(
    'lcov',
    'info',
    'coverage of lines and functions, for genhtml and CI',
    async () => (await import('./lcov.js')).lcov,
  ),
  file(
    'chrome',
    'trace.json',
    'timeline of calls, I/O and interrupts, for chrome://tracing',
    async () => (await import('./chrome.js')).chrome,
  ),
  file(
    'perfetto',
    'pftrace',
    'the same timeline, small, for ui.perfetto.dev',
    async () => (await import('./perfetto.js')).perfetto,
  ),
  file(
    'folded',
    'folded',
    'call stacks with their steps, for flamegraph.pl',
    async () => (await import('./folded.js')).folded,
  ),
  file(
    'speedscope',
    'speedscope.json',
    'calls in order, for speedscope.app',
    async () => (await import('./speedscope.js')).speedscope,
  ),
  file(
    'callgrind',
    'callgrind',
    'steps by instruction and call, for KCachegrind',
    async () => (await import('./callgrind.js')).callgrind,
  ),
  file(
    'html',
    'html',
    'a window of steps as a page of one file, for bug reports and CI',
    async () => (await import('./html.js')).html,
  ),
  directory(
    'parquet',
    'a Parquet file for each table, for DuckDB and data frames',
    async () => (await import('./parquet.js')).parquet,
  ),
  directory('csv', 'a CSV file for each table', async () => (await import('./csv.js')).csv),
];

/** The format of a name, or undefined. */
export function exportFormat(name: string): ExportFormat | undefined {
  return EXPORT_FORMATS.find((each) => each.name === name);
}
