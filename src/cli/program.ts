/** The command line: which commands there are, and what happens around each. */
import yargs, { type Argv } from 'yargs';
import { nameOptionsAsOnCommandLine } from '../base/option-names.js';
import { toolVersion } from '../base/package-root.js';
import { showDemangled } from '../trace/read/demangle.js';
import type { Command, Context } from './command.js';
import { calls } from './commands/calls.js';
import { check } from './commands/check.js';
import { compare } from './commands/compare.js';
import { completion } from './commands/completion.js';
import { dap } from './commands/dap.js';
import { diff } from './commands/diff.js';
import { doctor } from './commands/doctor.js';
import { exportCommand } from './commands/export.js';
import { gdb } from './commands/gdb.js';
import { host } from './commands/host.js';
import { hot } from './commands/hot.js';
import { index } from './commands/index.js';
import { info } from './commands/info.js';
import { mcp } from './commands/mcp.js';
import { pack } from './commands/pack.js';
import { query } from './commands/query.js';
import { record } from './commands/record.js';
import { replay } from './commands/replay.js';
import { state } from './commands/state.js';
import { steps } from './commands/steps.js';
import { why } from './commands/why.js';
import { declaredOptions } from './help/declared-options.js';
import { createStyle, terminalColumns } from '../report/style.js';
import { commandHelp, GLOBAL_OPTIONS, programHelp } from './help/help.js';
import { Output } from './terminal/output.js';
import { pagerCommand, startPager } from './terminal/pager.js';
import { reportError } from './terminal/report-error.js';
import { spellStandardInput } from './arguments/standard-input.js';
import { spreadLists } from './arguments/spread-lists.js';
import { usageError } from './arguments/usage-error.js';

/** In the order in which `--help` lists them. */
export const COMMANDS = [
  record,
  info,
  steps,
  state,
  why,
  calls,
  hot,
  query,
  gdb,
  dap,
  index,
  replay,
  diff,
  compare,
  check,
  pack,
  exportCommand,
  mcp,
  doctor,
  host,
  completion,
] as readonly unknown[] as readonly Command<unknown>[];
/** Commands whose output can be longer than a screen. */
const PAGED: ReadonlySet<string> = new Set([
  ...['info', 'steps', 'state', 'why', 'calls', 'hot', 'query', 'diff', 'compare'],
]);

/** Runs the command line and returns the exit code; errors have been reported by then. */
export async function run(argv: readonly string[]): Promise<number> {
  nameOptionsAsOnCommandLine();
  const debug = argv.includes('--debug');
  showDemangled(!argv.includes('--no-demangle'));
  const out = new Output(process.stdout);
  const context: Context = {
    out,
    style: createStyle(process.stdout),
    columns: terminalColumns(process.stdout),
  };
  let exitCode = 0;
  const register = (program: Argv, command: Command<unknown>): void => {
    program.command(
      command.usage,
      command.summary,
      (inner: Argv) => command.options(inner),
      async (args) => {
        if (PAGED.has(nameOf(command)) && args['no-pager'] !== true) page(out);
        // camel-case-expansion is off: the arguments are named as they were declared.
        exitCode = await command.run(args, context);
      },
    );
  };
  try {
    const help = helpFor(argv);
    if (help !== undefined) {
      await out.line(help);
    } else {
      const program = createProgram(argv);
      for (const command of COMMANDS) register(program, command);
      await program.parseAsync();
    }
    await out.close();
    return exitCode;
  } catch (error) {
    await out.close().catch(() => undefined);
    return reportError(error, debug);
  }
}

function page(out: Output): void {
  // A terminal without rows is a program's: nobody is there to press a key.
  const isRead = process.stdout.isTTY && process.stdout.rows > 0;
  const pager = isRead ? pagerCommand(process.env) : undefined;
  if (pager !== undefined) out.pageThrough(() => startPager(pager, process.env));
}

/** The help that is asked for by `--help`, `-h` or `kvmtrace help`. */
function helpFor(argv: readonly string[]): string | undefined {
  const isAsked = argv.some((word) => word === '--help' || word === '-h') || argv[0] === 'help';
  if (!isAsked || argv.includes('--get-yargs-completions')) return undefined;
  const command = commandIn(argv);
  return command === undefined ? programHelp(COMMANDS) : commandHelp(command);
}

function createProgram(argv: readonly string[]): Argv {
  const program = yargs(spellStandardInput(spreadLists(argv)))
    .scriptName('kvmtrace')
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
    })
    .demandCommand(1)
    .strict()
    .version(toolVersion)
    // Ours fits 80 columns and names what options take; see helpFor.
    .help(false)
    .exitProcess(false);
  for (const { name, describe } of GLOBAL_OPTIONS) {
    program.option(name, { type: 'boolean', describe: describe ?? '' });
  }
  const command = commandIn(argv);
  const known = {
    commands: COMMANDS.map(nameOf),
    options: command === undefined ? [] : optionsOf(command),
  };
  return program.fail((message, error) => {
    // yargs' types do not say so, but for most of its own complaints there is no error.
    const thrown = error as Error | undefined;
    if (thrown !== undefined && thrown.name !== 'YError') throw thrown;
    throw usageError(message, command === undefined ? undefined : nameOf(command), known);
  });
}

function nameOf({ usage }: Command<unknown>): string {
  return usage.split(' ')[0]!;
}

function optionsOf(command: Command<unknown>): string[] {
  return [...declaredOptions(command).options, ...GLOBAL_OPTIONS].map(({ name }) => name);
}

/** The command that is given, wherever it stands among the options. */
function commandIn(argv: readonly string[]): Command<unknown> | undefined {
  const name = argv.find((word) => COMMANDS.some((command) => nameOf(command) === word));
  return COMMANDS.find((command) => nameOf(command) === name);
}
