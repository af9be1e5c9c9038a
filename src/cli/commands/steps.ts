import type { StepOptions, StepRecord } from '../../query/step-records.js';
import type { Trace } from '../../query/trace.js';
import type { Command, Context } from '../command.js';
import { toJson, type Jsonable } from '../../base/json.js';
import { interruptionJson, stepJson } from '../../views/step.js';
import { SourceFiles } from '../../report/source-files.js';
import { StepListing } from '../../report/steps.js';
import { parseCount, single } from '../arguments/numbers.js';
import {
  formatOption,
  syntaxOption,
  TEXT_OR_JSON,
  traceArgument,
  textOption,
} from '../arguments/options.js';
import { parseStepPosition } from '../../query/places/place.js';
import { noteSearched, parseSearch, type SearchedMemory } from '../arguments/search.js';
import { chooseSyntax, type Syntax } from '../../trace/read/syntax.js';

interface StepsArguments {
  readonly trace: string;
  readonly from: string | undefined;
  readonly around: string | undefined;
  readonly before: string | undefined;
  readonly runs: string | undefined;
  readonly writes: string | undefined;
  readonly accesses: string | undefined;
  readonly reads: boolean | undefined;
  readonly source: boolean;
  readonly count: string;
  readonly format: (typeof TEXT_OR_JSON)[number];
  readonly syntax: Syntax;
}

/** Steps that are laid out together. */
const BATCH = 64;

/** `kvmtrace steps`. */
export const steps: Command<StepsArguments> = {
  usage: 'steps <trace>',
  summary: 'List instructions with what each changed',
  examples: [
    ['$0 steps t.db --from 1000 --count 10', 'Ten steps from step 1000 on'],
    ['$0 steps t.db --from -20', 'The last twenty steps'],
    ['$0 steps t.db --around main:3', 'What happened before and after the third time main ran'],
    ['$0 steps t.db --writes rax --before 5000 --count 1', 'Who last wrote rax before step 5000'],
    ["$0 steps t.db --accesses '[buffer]:64'", 'Every read and write of a buffer'],
    ['$0 steps t.db --from main --source', 'With the source lines that the code comes from'],
    ['$0 steps t.db --reads', 'What each step read, besides what it changed'],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option(
        'from',
        textOption('First step, or PLACE[:N], its Nth execution; negative: counted from the end', {
          defaultDescription: '0',
        }),
      )
      .option('around', textOption('The step in the middle; likewise', { conflicts: 'from' }))
      .option(
        'before',
        textOption('The step after the last one to list; likewise', {
          conflicts: ['from', 'around'],
        }),
      )
      .option(
        'runs',
        textOption('Only steps that execute an address or symbol', { conflicts: 'around' }),
      )
      .option(
        'writes',
        textOption('Only steps that change a register, a flag, or memory: [ADDRESS]:LENGTH', {
          conflicts: 'around',
        }),
      )
      .option(
        'accesses',
        textOption('Only steps that read or write memory, changed or not: [ADDRESS]:LENGTH', {
          conflicts: 'around',
        }),
      )
      .option('reads', {
        type: 'boolean',
        defaultDescription: 'with --accesses',
        describe: 'Tell what each step read, and what it wrote that was there already',
      })
      .option('source', {
        type: 'boolean',
        default: false,
        describe: 'Show the text of source lines, where their files are found',
      })
      .option('count', textOption('How many steps', { default: '20' }))
      .option('syntax', syntaxOption)
      .option('format', formatOption),
  async run(args, context) {
    const { Trace } = await import('../../query/trace.js');
    await chooseSyntax(args.syntax);
    const count = parseCount(single(args.count, '--count'), '--count');
    using trace = Trace.open(single(args.trace, 'the trace'));
    const selection = await select(args, trace, count);
    if (args.format === 'json') await printJson(selection, trace, context);
    else await printText(selection, trace, context, args.source ? new SourceFiles() : undefined);
    return 0;
  },
};

interface Selection {
  readonly records: Iterable<StepRecord>;
  /** The step after the last one there may be. */
  readonly end: number;
  /** Undefined where no memory was searched for. */
  readonly searched: readonly SearchedMemory[] | undefined;
}

async function select(args: StepsArguments, trace: Trace, count: number): Promise<Selection> {
  const { stepCount } = trace;
  const position = (text: string, option: string): number =>
    parseStepPosition(single(text, option), option, stepCount, trace);
  const before =
    args.before === undefined ? undefined : Math.min(position(args.before, '--before'), stepCount);
  const from =
    args.around === undefined
      ? position(args.from ?? '0', '--from')
      : startBefore(position(args.around, '--around'), trace, count);
  const options = { accesses: args.reads ?? args.accesses !== undefined };
  const found = await parseSearch(args, trace, before ?? from);
  if (found === undefined) {
    const first = before === undefined ? from : Math.max(0, before - count);
    const length = before === undefined ? count : before - first;
    const end = Math.min(stepCount, first + length);
    return { records: trace.steps(first, length, options), end, searched: undefined };
  }
  noteSearched(found, before ?? from);
  const { search, memory } = found;
  const { stepsBefore, stepsFrom } = await import('../../query/step-search.js');
  const numbers =
    before === undefined ? stepsFrom(search, from, count) : stepsBefore(search, before, count);
  const searched = memory.length === 0 ? undefined : memory;
  return { records: recordsOf(trace, numbers, options), end: before ?? stepCount, searched };
}

function* recordsOf(
  trace: Trace,
  numbers: Iterable<number>,
  options: StepOptions,
): Generator<StepRecord> {
  for (const step of numbers) yield* trace.steps(step, 1, options);
}

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
  { records, end }: Selection,
  trace: Trace,
  { out, style, columns }: Context,
  files: SourceFiles | undefined,
): Promise<void> {
  const listing = new StepListing({
    ...{ style, columns },
    sourceText: files && ((place) => files.text(place)),
    lastStep: Math.max(0, end - 1),
  });
  let batch: StepRecord[] = [];
  const print = async (): Promise<void> => {
    for (const line of listing.lines(batch)) await out.line(line);
    batch = [];
  };
  let last = -1;
  for (const record of records) {
    last = record.step;
    batch.push(record);
    if (batch.length === BATCH) await print();
  }
  await print();
  if (last < 0 && trace.stepCount > 0) process.stderr.write('kvmtrace: no step does that there.\n');
  for (const each of finalInterruptions(trace, last + 1))
    await out.line(listing.interruption(each));
}

async function printJson(
  { records, searched }: Selection,
  trace: Trace,
  { out }: Context,
): Promise<void> {
  await out.write('{"steps":[');
  let separator = '\n';
  let last = -1;
  for (const record of records) {
    last = record.step;
    await out.write(separator + toJson(stepJson(record)));
    separator = ',\n';
  }
  const final = finalInterruptions(trace, last + 1).map(interruptionJson);
  const where = searched === undefined ? '' : `,"searched":${toJson(searched.map(searchedJson))}`;
  await out.line(`\n],"final_interruptions":${toJson(final)}${where}}`);
}

function searchedJson({ option, ...where }: SearchedMemory): Jsonable {
  return { option: option.slice('--'.length), ...where };
}
