/** The command line: which commands there are, and what happens around each. */
import yargs, { type Argv } from 'yargs';
import { nameOptionsAsOnCommandLine } from '../base/option-names.js';
import { toolVersion } from '../base/package-root.js';
import { showDemangled } from '../trace/read/demangle.js';
import type { Command, Context } from './command.js';
import { calls } from './commands/calls.js';
import { check } from './commands/check.js';
import { compare } from './commands/compare.js';
import { diff } from './commands/diff.js';
import { doctor } from './commands/doctor.js';
import { exportCommand } from './commands/export.js';
import { host } from './commands/host.js';
import { hot } from './commands/hot.js';
import { index } from './commands/index.js';
import { info } from './commands/info.js';
import { pack } from './commands/pack.js';
import { query } from './commands/query.js';
import { record } from './commands/record.js';
import { replay } from './commands/replay.js';
import { state } from './commands/state.js';
import { steps } from './commands/steps.js';
import { why } from './commands/why.js';
import { createStyle, terminalColumns } from '../report/style.js';
import { Output } from './terminal/output.js';
import { reportError } from './terminal/report-error.js';
import { spellStandardInput } from './arguments/standard-input.js';
import { spreadLists } from './arguments/spread-lists.js';
import { usageError } from './arguments/usage-error.js';

const COMMANDS = [
  record,
  info,
  steps,
  state,
  why,
  calls,
  hot,
  query,
  index,
  replay,
  diff,
  compare,
  check,
  pack,
  exportCommand,
  doctor,
  host,
] as const;
const MAX_HELP_COLUMNS = 100;

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
  const register = <Arguments>(program: Argv, command: Command<Arguments>): void => {
    program.command(
      command.usage,
      command.summary,
      (inner: Argv) => describe(inner, command),
      async (args) => {
        // camel-case-expansion is off: the arguments are named as they were declared.
        exitCode = await command.run(args as Arguments, context);
      },
    );
  };
  try {
    const program = createProgram(argv);
    for (const command of COMMANDS) register(program, command as Command<unknown>);
    await program.parseAsync();
    await out.flush();
    return exitCode;
  } catch (error) {
    await out.flush().catch(() => undefined);
    return reportError(error, debug);
  }
}

function createProgram(argv: readonly string[]): Argv {
  const program = yargs(spellStandardInput(spreadLists(argv)))
    .scriptName('kvmtrace')
    .locale('en')
    .usage(
      '$0 <command> [options]\n\nRecords KVM guests, instruction by instruction, and asks them questions.',
    )
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': true,
      'greedy-arrays': false,
    })
    .option('debug', { type: 'boolean', describe: 'Show where an error comes from' })
    .option('no-demangle', {
      type: 'boolean',
      describe: 'Show names of C++ and Rust as linkers do',
    })
    .demandCommand(1)
    .strict()
    .version(toolVersion)
    .help()
    .example('$0 record guest.elf -o t.db', 'Record a guest')
    .example('$0 steps t.db --count 10', 'List its first ten instructions')
    .exitProcess(false);
  program.wrap(Math.min(MAX_HELP_COLUMNS, program.terminalWidth()));
  const names = COMMANDS.map(({ usage }) => usage.split(' ')[0]!);
  const name = argv.find((argument) => names.includes(argument));
  return program.fail((message, error) => {
    // yargs' types do not say so, but for most of its own complaints there is no error.
    const thrown = error as Error | undefined;
    throw thrown === undefined || thrown.name === 'YError' ? usageError(message, name) : thrown;
  });
}

function describe<Arguments>(program: Argv, command: Command<Arguments>): Argv<Arguments> {
  const described = command.options(
    program.usage(`$0 ${command.usage} [options]\n\n${command.summary}`),
  );
  for (const [example, explanation] of command.examples) described.example(example, explanation);
  return described;
}
