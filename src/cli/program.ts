/** The command line: which commands there are, and what happens around each. */
import type { Argv } from 'yargs';
import { nameOptionsAsOnCommandLine } from '../base/option-names.js';
import { toolVersion } from '../base/package-root.js';
import { createStyle, terminalColumns } from '../report/style.js';
import { showDemangled } from '../trace/read/demangle.js';
import { parsePlainly, type Arguments } from './arguments/plain.js';
import { spellStandardInput } from './arguments/standard-input.js';
import { spreadLists } from './arguments/spread-lists.js';
import type { Command, Context } from './command.js';
import { COMMAND_NAMES, loadCommand, loadCommands } from './commands.js';
import { declaredOptions } from './help/declared-options.js';
import { GLOBAL_OPTIONS } from './help/global-options.js';
import { Output } from './terminal/output.js';

/** Commands whose output can be longer than a screen. */
const PAGED: ReadonlySet<string> = new Set([
  ...['info', 'steps', 'state', 'screen', 'why', 'calls', 'hot', 'query', 'diff', 'compare'],
]);

/** How yargs reads words. */
export const YARGS_CONFIGURATION = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'duplicate-arguments-array': true,
  'greedy-arrays': false,
};

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
  try {
    const exitCode = await runWords(argv, context);
    await out.close();
    return exitCode;
  } catch (error) {
    await out.close().catch(() => undefined);
    const { reportError } = await import('./terminal/report-error.js');
    return reportError(error, debug);
  }
}

async function runWords(argv: readonly string[], context: Context): Promise<number> {
  const { out } = context;
  const help = await helpFor(argv);
  if (help !== undefined) {
    await out.line(help);
    return 0;
  }
  const name = commandIn(argv);
  const command = name === undefined ? undefined : await loadCommand(name);
  const words = spellStandardInput(spreadLists(argv));
  const runCommand = async (chosen: Command<unknown>, args: Arguments): Promise<number> => {
    if (PAGED.has(nameOf(chosen)) && args['no-pager'] !== true) await page(out);
    return chosen.run(args, context);
  };
  const plain = command === undefined ? undefined : parsePlainly(words, command);
  if (command !== undefined && plain !== undefined) return runCommand(command, plain);
  let exitCode = 0;
  const program = await createProgram(words, command);
  // Completion is about all commands, and what is none of them may be one that is misspelt.
  const isAboutAll = command === undefined || words.includes('--get-yargs-completions');
  for (const each of isAboutAll ? await loadCommands() : [command]) {
    program.command(
      each.usage,
      each.summary,
      (inner: Argv) => each.options(inner),
      async (args) => {
        // camel-case-expansion is off: the arguments are named as they were declared.
        exitCode = await runCommand(each, args);
      },
    );
  }
  await program.parseAsync();
  return exitCode;
}

async function page(out: Output): Promise<void> {
  // A terminal without rows is a program's: nobody is there to press a key.
  const isRead = process.stdout.isTTY && process.stdout.rows > 0;
  if (!isRead) return;
  const { pagerCommand, startPager } = await import('./terminal/pager.js');
  const pager = pagerCommand(process.env);
  if (pager !== undefined) out.pageThrough(() => startPager(pager, process.env));
}

/** The help that is asked for by `--help`, `-h` or `kvmtrace help`. */
async function helpFor(argv: readonly string[]): Promise<string | undefined> {
  const isAsked = argv.some((word) => word === '--help' || word === '-h') || argv[0] === 'help';
  if (!isAsked || argv.includes('--get-yargs-completions')) return undefined;
  const { commandHelp, programHelp } = await import('./help/help.js');
  const name = commandIn(argv);
  return name === undefined
    ? programHelp(await loadCommands())
    : commandHelp(await loadCommand(name));
}

async function createProgram(
  words: readonly string[],
  command: Command<unknown> | undefined,
): Promise<Argv> {
  const [{ default: yargs }, { usageError }] = await Promise.all([
    import('yargs'),
    import('./arguments/usage-error.js'),
  ]);
  const program = yargs(words)
    .scriptName('kvmtrace')
    .locale('en')
    .parserConfiguration(YARGS_CONFIGURATION)
    .demandCommand(1)
    .strict()
    .version(toolVersion)
    // Ours fits 80 columns and names what options take; see helpFor.
    .help(false)
    .exitProcess(false);
  for (const { name, describe } of GLOBAL_OPTIONS) {
    program.option(name, { type: 'boolean', describe: describe ?? '' });
  }
  const known = {
    commands: COMMAND_NAMES,
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
function commandIn(argv: readonly string[]): string | undefined {
  return argv.find((word) => COMMAND_NAMES.includes(word));
}
