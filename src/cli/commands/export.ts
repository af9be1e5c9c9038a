import { EXPORT_FORMATS, type ExportFormat } from '../../export/registry.js';
import type { Trace } from '../../query/trace.js';
import type { Command } from '../command.js';
import { CommandInterrupted } from '../exit-codes.js';
import { OutputClosedError } from '../terminal/output.js';
import { parseExportRange } from '../arguments/export-range.js';
import { formatBytes } from '../../base/number-text.js';
import { printable } from '../../base/printable.js';
import { noteMissingIndex } from '../terminal/index-note.js';
import { single } from '../arguments/numbers.js';
import { traceArgument, textOption } from '../arguments/options.js';
import { listOf, type Several } from '../arguments/several.js';

interface ExportArguments {
  readonly trace: string;
  readonly as: string;
  readonly output: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly call: string | undefined;
  readonly tables: Several;
  readonly force: boolean;
}

const NAMES = EXPORT_FORMATS.map(({ name }) => name);

/** `kvmtrace export`. */
export const exportCommand: Command<ExportArguments> = {
  usage: 'export <trace>',
  summary: 'Write a trace for profilers, coverage viewers, trace explorers and databases',
  examples: [
    ['$0 export t.db --as speedscope', 'Calls in order: writes t.speedscope.json'],
    ['$0 export t.db --as folded -o - | flamegraph.pl > t.svg', 'A flame graph'],
    [
      '$0 export t.db --as chrome --from main --to exit',
      'From the first step of main to that of exit',
    ],
    ['$0 export t.db --as tenet --call parse:3', 'Every step of the third call of parse'],
    ['$0 export t.db --as parquet -o traces/run=1', 'All tables, for DuckDB'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option('as', {
        type: 'string',
        choices: NAMES,
        requiresArg: true,
        demandOption: true,
        describe: 'The format',
      })
      .option(
        'output',
        textOption('Where to write it; -: standard output', {
          alias: 'o',
          defaultDescription: '<trace>.<format>',
        }),
      )
      .option(
        'from',
        textOption('First step, or PLACE[:N], its Nth execution; negative: counted from the end', {
          defaultDescription: '0',
        }),
      )
      .option(
        'to',
        textOption('The step after the last; likewise', { defaultDescription: 'the end' }),
      )
      .option(
        'call',
        textOption('Only the steps of a call: FUNCTION[:N], its Nth, with all that it calls', {
          conflicts: ['from', 'to'],
        }),
      )
      .option('tables', textOption('Of parquet and csv: only these tables, separated by commas'))
      .option('force', { type: 'boolean', default: false, describe: 'Overwrite the output' })
      .epilogue(`Formats:\n${EXPORT_FORMATS.map(formatLine).join('\n')}`),
  async run(args, { out }) {
    const [{ Trace }, { exportFormat }, { writeExport }, { exportOutput }, { ProgressLine }] =
      await Promise.all([
        import('../../query/trace.js'),
        import('../../export/registry.js'),
        import('../../export/write-export.js'),
        import('../arguments/export-output.js'),
        import('../terminal/progress.js'),
      ]);
    const path = single(args.trace, 'the trace');
    const format = exportFormat(single(args.as, '--as'))!;
    using trace = Trace.open(path);
    const range = parseExportRange(args, trace);
    const output = exportOutput(path, args.output, format, args.force);
    const exporter = await format.load();
    if (needsCalls(format.name)) noteMissingIndex(trace);
    const { abortOnSignals } = await import('../terminal/signals.js');
    const watch = abortOnSignals();
    const line = new ProgressLine(process.stderr);
    const start = performance.now();
    let written = 0;
    try {
      const { bytes, files } = await writeExport(
        exporter,
        {
          trace,
          ...range,
          output,
          tables: args.tables === undefined ? undefined : listOf(args.tables),
          progress: (step) => {
            line.update({
              steps: step - range.from,
              seconds: (performance.now() - start) / 1000,
              fileBytes: written,
              maxSteps: range.to - range.from,
            });
          },
        },
        {
          directory: format.directory,
          signal: watch.signal,
          onBytes: (soFar) => {
            written = soFar;
          },
        },
        process.stdout,
      );
      line.clear();
      if (output !== undefined) await out.line(resultText(trace, range, bytes, files, output));
    } catch (error) {
      const { name, code } = error as NodeJS.ErrnoException;
      if (name === 'AbortError') throw new CommandInterrupted();
      // Whoever reads the pipe has enough.
      if (output === undefined && code === 'EPIPE') throw new OutputClosedError();
      throw error;
    } finally {
      line.clear();
      watch.stop();
    }
    return 0;
  },
};

function formatLine({ name, summary }: ExportFormat): string {
  return `  ${name.padEnd(10)}  ${summary}`;
}

function resultText(
  trace: Trace,
  { from, to }: { readonly from: number; readonly to: number },
  bytes: number,
  files: readonly string[],
  output: string,
): string {
  const steps = from === 0 && to === trace.stepCount ? `${to} steps` : `steps ${from} to ${to - 1}`;
  const where =
    files.length === 1 ? printable(files[0]!) : `${files.length} files, ${printable(output)}`;
  return `${steps} -> ${where}, ${formatBytes(bytes)}`;
}

function needsCalls(format: string): boolean {
  return ['chrome', 'perfetto', 'folded', 'speedscope', 'callgrind', 'html'].includes(format);
}
