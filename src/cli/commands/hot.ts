import type { HotFunction, HotInstruction } from '../../query/hot.js';
import { formatSymbol } from '../../trace/read/symbols.js';
import type { Command } from '../command.js';
import { functionName, percent } from '../../report/call-tree.js';
import { sourceJson, sourceText } from '../../views/source.js';
import { columnWidths } from '../../report/columns.js';
import { toJson, type Jsonable } from '../../base/json.js';
import { hex } from '../../base/number-text.js';
import { printable } from '../../base/printable.js';
import type { Style } from '../../report/style.js';
import { noteMissingIndex } from '../terminal/index-note.js';
import { parseCount, single } from '../arguments/numbers.js';
import {
  formatOption,
  syntaxOption,
  TEXT_OR_JSON,
  traceArgument,
  textOption,
} from '../arguments/options.js';
import { chooseSyntax, shownText, type Syntax } from '../../trace/read/syntax.js';

const ORDERS = ['own', 'total'] as const;

interface HotArguments {
  readonly trace: string;
  readonly count: string;
  readonly by: (typeof ORDERS)[number];
  readonly format: (typeof TEXT_OR_JSON)[number];
  readonly syntax: Syntax;
}

/** `kvmtrace hot`. */
export const hot: Command<HotArguments> = {
  usage: 'hot <trace>',
  summary: 'Show the functions and instructions that took the most steps',
  examples: [
    ['$0 hot t.db', 'Where the steps went'],
    [
      '$0 hot t.db --by total --count 5',
      'The five functions with the most steps, callees included',
    ],
  ],
  options: (yargs) =>
    yargs
      .positional('trace', traceArgument)
      .option('count', textOption('How many of each to show', { default: '15' }))
      .option('by', {
        type: 'string',
        choices: ORDERS,
        default: 'own',
        describe: 'Order functions by their own steps, or with callees',
      } as const)
      .option('syntax', syntaxOption)
      .option('format', formatOption),
  async run(args, { out, style }) {
    const { Trace } = await import('../../query/trace.js');
    await chooseSyntax(args.syntax);
    const count = parseCount(single(args.count, '--count'), '--count');
    using trace = Trace.open(single(args.trace, 'the trace'));
    noteMissingIndex(trace);
    const all = trace.hotFunctions();
    if (args.by === 'total') all.sort((a, b) => b.totalSteps - a.totalSteps);
    const functions = all.slice(0, count);
    const instructions = trace.hotInstructions(count);
    const { stepCount } = trace;
    if (args.format === 'json') {
      await out.line(toJson(hotJson(functions, instructions, stepCount), 2));
    } else {
      for (const line of functionLines(functions, stepCount, style)) await out.line(line);
      await out.line();
      for (const line of instructionLines(instructions, stepCount, style)) await out.line(line);
    }
    return 0;
  },
};

function* functionLines(
  functions: readonly HotFunction[],
  stepCount: number,
  style: Style,
): Generator<string> {
  const head = ['own', '%', 'total', '%', 'calls'];
  const rows = functions.map((each) => [
    String(each.ownSteps),
    percent(each.ownSteps, stepCount),
    String(each.totalSteps),
    percent(each.totalSteps, stepCount),
    String(each.calls),
  ]);
  const align = aligner([head, ...rows]);
  yield style.strong(`${align(head)}  function`);
  for (const [i, { address, symbol, source }] of functions.entries()) {
    const name = style.place(functionName(address, symbol));
    yield `${align(rows[i]!)}  ${name}${sourceText(source)}`;
  }
}

function* instructionLines(
  instructions: readonly HotInstruction[],
  stepCount: number,
  style: Style,
): Generator<string> {
  const head = ['steps', '%', 'address'];
  const rows = instructions.map(({ steps, instruction }) => [
    String(steps),
    percent(steps, stepCount),
    hex(instruction.address),
  ]);
  const places = instructions.map(({ symbol, source }) => {
    const name = symbol === undefined ? '' : printable(formatSymbol(symbol));
    return `${name}${sourceText(source)}`;
  });
  const align = aligner([head, ...rows]);
  const [width = 0] = columnWidths(places.map((place) => [place]));
  yield style.strong(`${align(head)}  instruction`);
  for (const [i, { instruction }] of instructions.entries()) {
    const place = width === 0 ? '' : `${style.place(places[i]!.padEnd(width))}  `;
    yield `${align(rows[i]!)}  ${place}${printable(shownText(instruction))}`;
  }
}

function aligner(rows: readonly (readonly string[])[]): (row: readonly string[]) => string {
  const widths = columnWidths(rows);
  return (row) => row.map((cell, i) => cell.padStart(widths[i]!)).join('  ');
}

function hotJson(
  functions: readonly HotFunction[],
  instructions: readonly HotInstruction[],
  steps: number,
): Jsonable {
  return {
    steps,
    functions: functions.map(({ address, symbol, source, calls, ownSteps, totalSteps }) => ({
      address,
      function: symbol === undefined ? null : formatSymbol(symbol),
      ...(source === undefined ? {} : { source: sourceJson(source) }),
      calls,
      own_steps: ownSteps,
      total_steps: totalSteps,
    })),
    instructions: instructions.map((each) => ({
      address: each.instruction.address,
      symbol: each.symbol === undefined ? null : formatSymbol(each.symbol),
      ...(each.source === undefined ? {} : { source: sourceJson(each.source) }),
      text: shownText(each.instruction),
      steps: each.steps,
      first_step: each.firstStep,
      last_step: each.lastStep,
    })),
  };
}
