import type { StepRecord } from '../../replay/step-records.js';
import type { Trace } from '../../replay/trace.js';
import type { Command, Context } from '../command.js';
import { toJson } from '../format/json.js';
import { interruptionJson, stepJson } from '../format/step-json.js';
import { StepListing } from '../format/step-listing.js';
import { parseCount, parsePosition, single } from '../numbers.js';
import { formatOption, TEXT_OR_JSON, traceArgument } from '../options.js';

interface StepsArguments {
  readonly trace: string;
  readonly from: string | undefined;
  readonly around: string | undefined;
  readonly count: string;
  readonly format: (typeof TEXT_OR_JSON)[number];
}

/** Steps that are laid out together. */
const BATCH = 64;

export const steps: Command<StepsArguments> = {
  usage: 'steps <trace>',
  summary: 'List instructions with what each changed',
  examples: [
    ['$0 steps t.db --from 1000 --count 10', 'Ten steps from step 1000 on'],
    ['$0 steps t.db --from -20', 'The last twenty steps'],
    ['$0 steps t.db --around 5000', 'What happened before and after step 5000'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option('from', {
        type: 'string',
        requiresArg: true,
        defaultDescription: '0',
        describe: 'First step; negative: counted from the end',
      })
      .option('around', {
        type: 'string',
        requiresArg: true,
        conflicts: 'from',
        describe: 'The step in the middle; negative: counted from the end',
      })
      .option('count', {
        type: 'string',
        requiresArg: true,
        default: '20',
        describe: 'How many steps',
      })
      .option('format', formatOption),
  async run({ trace: path, from: fromText, around, count: countText, format }, context) {
    const { Trace } = await import('../../replay/trace.js');
    const count = parseCount(single(countText, '--count'), '--count');
    using trace = Trace.open(single(path, 'the trace'));
    const from =
      around === undefined
        ? parsePosition(single(fromText ?? '0', '--from'), '--from', trace.stepCount)
        : startBefore(
            parsePosition(single(around, '--around'), '--around', trace.stepCount),
            trace,
            count,
          );
    const records = trace.steps(from, count);
    const end = Math.min(trace.stepCount, from + count);
    await (format === 'json'
      ? printJson(records, trace, end, context)
      : printText(records, trace, end, context));
    return 0;
  },
};

/** Where to begin so that step `middle` is in the middle of `count` steps. */
function startBefore(middle: number, trace: Trace, count: number): number {
  // What does not exist is refused under its own number.
  return middle >= trace.stepCount ? middle : Math.max(0, middle - (count >> 1));
}

/** Deliveries after the last step have no step that they could stand before. */
function finalInterruptions(trace: Trace, end: number): ReturnType<Trace['interruptions']> {
  return end === trace.stepCount ? trace.interruptions(end, end + 1) : [];
}

async function printText(
  records: Iterable<StepRecord>,
  trace: Trace,
  end: number,
  { out, style, columns }: Context,
): Promise<void> {
  const listing = new StepListing({ style, columns, lastStep: Math.max(0, end - 1) });
  let batch: StepRecord[] = [];
  const print = async (): Promise<void> => {
    for (const line of listing.lines(batch)) await out.line(line);
    batch = [];
  };
  for (const record of records) {
    batch.push(record);
    if (batch.length === BATCH) await print();
  }
  await print();
  for (const each of finalInterruptions(trace, end)) await out.line(listing.interruption(each));
}

async function printJson(
  records: Iterable<StepRecord>,
  trace: Trace,
  end: number,
  { out }: Context,
): Promise<void> {
  await out.write('{"steps":[');
  let separator = '\n';
  for (const record of records) {
    await out.write(separator + toJson(stepJson(record)));
    separator = ',\n';
  }
  const final = finalInterruptions(trace, end).map(interruptionJson);
  await out.line(`\n],"final_interruptions":${toJson(final)}}`);
}
