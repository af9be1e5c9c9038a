import { inputError } from '../../base/errors.js';
import type { Trace } from '../../query/trace.js';
import type { ReplayOutcome } from '../../replay/replayer.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import type { Command, Context } from '../command.js';
import { toJson, type Jsonable } from '../../base/json.js';
import { divergenceJson, outcomeJson, type ReplayView } from '../../views/replay.js';
import { proofLine, reportLines } from '../../report/replay.js';
import type { ReplayArguments } from './replay-arguments.js';
import { recordingSummary } from '../../report/recording-summary.js';
import { stateJson, stateLines } from '../../report/state.js';
import { HOST_OPTIONS, openHost } from '../arguments/host.js';
import { single } from '../arguments/numbers.js';
import { EXIT_INTERRUPTED } from '../exit-codes.js';
import { formatOption, traceArgument, textOption } from '../arguments/options.js';
import { parseStepPosition } from '../../query/places/place.js';
import { ReplayProgressLine } from '../terminal/replay-progress.js';
import { abortOnSignals } from '../terminal/signals.js';
import { parseUntil } from '../arguments/until.js';

const INPUTS_SHOWN = 5;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** `kvmtrace replay`. */
export const replay: Command<ReplayArguments> = {
  usage: 'replay <trace>',
  summary: 'Run the guest again on KVM, feeding what was recorded, and compare every step',
  examples: [
    ['$0 replay t.db', 'Prove that the whole trace happens again'],
    ['$0 replay t.db --from 5000 --until main', 'Go on from state 5000 to main and show it'],
    ['$0 replay t.db --from 5000 --set rax=5 -o other.db', 'Record what would have happened'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option(
        'from',
        textOption('State to be replayed from; the snapshot before it is where it really begins', {
          default: '0',
        }),
      )
      .option('to', textOption('State at which to end', { defaultDescription: 'the end' }))
      .option(
        'until',
        textOption("ADDRESS, SYMBOL or '[GPA] written': end there and show the state"),
      )
      .options(HOST_OPTIONS)
      .option('dirty', {
        type: 'string',
        choices: ['auto', 'ring', 'log'],
        default: 'auto',
        describe: "Which of KVM's ways to find written pages to use",
      } as const)
      .option('set', {
        type: 'string',
        array: true,
        requiresArg: true,
        default: [],
        defaultDescription: 'none',
        describe: "REGISTER=VALUE or '[GPA]=BYTES': change state --from, and record from there",
      })
      .option(
        'output',
        textOption('Record from state --from on, with live devices, into this file', {
          alias: 'o',
        }),
      )
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'Overwrite the output if it exists',
      })
      .option('max-steps', textOption('Stop the new recording after so many steps'))
      .option(
        'snapshot-every',
        textOption('Steps between snapshots of the new recording', {
          defaultDescription: '1000000',
        }),
      )
      .option('format', formatOption),
  async run(args, context) {
    const path = single(args.trace, 'the trace');
    const { Trace } = await import('../../query/trace.js');
    const { openTrace } = await import('../../trace/read/open.js');
    using file = openTrace(path);
    const trace = Trace.over(file);
    if (args.output !== undefined) return await fork(args, { ...context, file, trace });
    checkForkOptions(args);
    const range = parseRange(args, trace);
    const outcome = await runReplay(args, file, trace, range);
    return await report(args, { ...context, file, trace, range, outcome });
  },
};

/** Records from a state on; the last line on stderr sums the recording up, as that of record does. */
async function fork(
  args: ReplayArguments,
  parts: Omit<Report, 'range' | 'outcome'>,
): Promise<number> {
  const { file, trace } = parts;
  if (args.to !== undefined || args.until !== undefined || args.format === 'json') {
    throw inputError('-o records from state --from on: leave --to, --until and --format out.');
  }
  const output = single(args.output!, '--output');
  const from = parseStepPosition(single(args.from, '--from'), '--from', trace.stepCount + 1, trace);
  if (from > trace.stepCount) {
    throw inputError(
      `--from ${args.from} is beyond the last state, which is ${trace.stepCount}: give a state of the trace.`,
    );
  }
  const { runFork } = await import('./replay-fork.js');
  await parts.out.flush();
  const { outcome, recorded } = await runFork(args, output, file, from);
  if (outcome.divergence !== undefined || recorded === undefined) {
    return await report(args, { ...parts, outcome, range: { from: outcome.start, to: from } });
  }
  process.stderr.write(`${recordingSummary(recorded, output)}\n`);
  if (recorded.stopReason === 'disk-full') return 3;
  return recorded.crashed ? 1 : 0;
}

/** Options that mean nothing without -o. */
function checkForkOptions(args: ReplayArguments): void {
  const given =
    args.set.length > 0
      ? '--set'
      : (['force', 'max-steps', 'snapshot-every'] as const)
          .filter((name) => args[name] !== undefined && args[name] !== false)
          .map((name) => `--${name}`)[0];
  if (given !== undefined) {
    throw inputError(`${given} is for a new recording: say with -o where to write it.`);
  }
}

async function runReplay(
  args: ReplayArguments,
  file: TraceFile,
  trace: Trace,
  range: Range,
): Promise<ReplayOutcome> {
  const until = await parseUntil(args.until, trace);
  const { replay: replayTrace } = await import('../../replay/replayer.js');
  const host = await openHost(args);
  const progress = new ReplayProgressLine(process.stderr);
  const signals = abortOnSignals();
  try {
    return await replayTrace(file, {
      ...range,
      host,
      dirty: args.dirty,
      until,
      signal: signals.signal,
      onProgress: (now) => {
        progress.update(now);
      },
    });
  } finally {
    progress.clear();
    signals.stop();
  }
}

interface Report extends Context {
  readonly file: TraceFile;
  readonly trace: Trace;
  readonly range: Range;
  readonly outcome: ReplayOutcome;
}

async function report(args: ReplayArguments, parts: Report): Promise<number> {
  const { file, trace, range, outcome, out, style } = parts;
  const isJson = args.format === 'json';
  const document = outcomeJson(outcome, range);
  if (outcome.divergence !== undefined) {
    const view = await divergenceView(file, trace, outcome);
    if (isJson) await out.line(toJson({ ...document, divergence: divergenceJson(view) }, 2));
    else for (const line of reportLines(view, style)) await out.line(line);
    return 1;
  }
  const reached = outcome.stoppedAt;
  const isInterrupted = reached !== undefined && !outcome.isFound;
  const shown =
    reached === undefined || isInterrupted
      ? undefined
      : { trace, state: trace.state(reached), memory: [], all: false };
  if (isJson) {
    const state: Jsonable = shown === undefined ? null : stateJson(shown);
    await out.line(toJson({ ...document, state }, 2));
  } else {
    const isComplete = file.meta.get('complete') === 1n;
    const sought = outcome.isFound || args.until === undefined ? '' : single(args.until, '--until');
    await out.line(proofLine(trace, outcome, { isComplete, sought }));
    if (shown !== undefined) for (const line of stateLines(shown, style)) await out.line(line);
  }
  return isInterrupted ? EXIT_INTERRUPTED : 0;
}

async function divergenceView(
  file: TraceFile,
  trace: Trace,
  outcome: ReplayOutcome,
): Promise<ReplayView> {
  const { recentInputs } = await import('../../replay/recent-inputs.js');
  const { divergenceHint } = await import('../../replay/hint.js');
  const divergence = outcome.divergence!;
  return {
    trace,
    outcome,
    divergence,
    inputs: recentInputs(file, divergence.step, INPUTS_SHOWN),
    registerNames: new Map(file.registers.list.map(({ id, name }) => [id, name])),
    hint: divergenceHint(outcome, divergence),
  };
}

/** At least one step, and all of them in the trace. */
function parseRange(args: Pick<ReplayArguments, 'from' | 'to'>, trace: Trace): Range {
  const { path, stepCount } = trace;
  if (stepCount === 0) throw inputError(`${path} has no steps: there is nothing to replay.`);
  const fromText = single(args.from, '--from');
  const from = parseStepPosition(fromText, '--from', stepCount, trace);
  if (from >= stepCount) {
    throw inputError(
      `--from ${fromText} is beyond the last step, which is ${stepCount - 1}: give a step of the trace.`,
    );
  }
  if (args.to === undefined) return { from, to: stepCount };
  const toText = single(args.to, '--to');
  const to = Math.min(stepCount, parseStepPosition(toText, '--to', stepCount + 1, trace));
  if (to <= from) {
    throw inputError(
      `--to ${toText} leaves nothing to replay from state ${from}: give a later state.`,
    );
  }
  return { from, to };
}
