/** Traces that exports are tested with: recorded ones of this repository, and the made-up example. */
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../src/base/package-root.js';
import { exportFormat } from '../../src/export/registry.js';
import { writeExport } from '../../src/export/write-export.js';
import { Trace } from '../../src/query/trace.js';
import { EXAMPLE } from '../cli/example-trace.js';
import { temporaryPath, writeFixtureTrace } from '../helpers/fixture-trace.js';

/** The path of a trace in traces/. */
export function committed(name: string): string {
  return fileURLToPath(new URL(`traces/${name}`, packageRoot));
}

/** Paths of traces with calls, loops, I/O, and one in which something of every kind happens. */
export const TRACES: Readonly<Record<string, string>> = {
  hello: committed('hello.db'),
  shop: committed('shop.trace'),
  echo: committed('echo.trace'),
  example: writeFixtureTrace(EXAMPLE),
};

export interface ExportedRange {
  readonly from?: number;
  readonly to?: number;
  readonly tables?: readonly string[];
}

/** Exports a trace and returns the output's path. */
export async function exported(
  trace: Trace,
  name: string,
  { from = 0, to = trace.stepCount, tables }: ExportedRange = {},
): Promise<string> {
  const format = exportFormat(name)!;
  const output = temporaryPath(`t.${name}`);
  const exporter = await format.load();
  const source = { trace, from, to, output, tables, progress: () => undefined };
  await writeExport(exporter, source, { directory: format.directory });
  return output;
}
