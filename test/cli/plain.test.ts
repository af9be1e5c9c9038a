/** Command lines that are read without yargs are read as yargs would. */
import test from 'ava';
import fc from 'fast-check';
import yargs, { type Argv } from 'yargs';
import { parsePlainly, type Arguments } from '../../src/cli/arguments/plain.js';
import type { Command } from '../../src/cli/command.js';
import { loadCommand, loadCommands } from '../../src/cli/commands.js';
import { allDeclared } from '../../src/cli/help/declared-options.js';
import { YARGS_CONFIGURATION } from '../../src/cli/program.js';
import { GLOBAL_OPTIONS } from '../../src/cli/help/global-options.js';

const RUNS = 300;

/** What yargs makes of the words, or undefined where it complains. */
async function byYargs(
  words: readonly string[],
  command: Command<unknown>,
): Promise<Arguments | undefined> {
  let found: Arguments | undefined;
  const program = yargs([...words])
    .parserConfiguration(YARGS_CONFIGURATION)
    .demandCommand(1)
    .strict()
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail((message, error) => {
      throw (error as Error | undefined) ?? new Error(message);
    });
  for (const { name } of GLOBAL_OPTIONS) program.option(name, { type: 'boolean' });
  program.command(
    command.usage,
    command.summary,
    (inner: Argv) => command.options(inner),
    (args) => {
      found = args;
    },
  );
  try {
    await program.parseAsync();
  } catch {
    return undefined;
  }
  return found;
}

/** The arguments without what yargs adds, and without those that are undefined. */
function meant(args: Arguments): Arguments {
  return Object.fromEntries(
    Object.entries(args).filter(
      ([name, value]) => name !== '_' && name !== '$0' && value !== undefined,
    ),
  );
}

const commands = await loadCommands();

for (const command of commands) {
  const [name = ''] = command.usage.split(' ');
  const { positionals, options } = allDeclared(command);
  const flags = [...options, ...GLOBAL_OPTIONS].flatMap((each) =>
    each.alias === undefined ? [`--${each.name}`] : [`--${each.name}`, `-${each.alias}`],
  );
  const choices = [...positionals, ...options].flatMap((each) => each.choices ?? []);
  const values = ['t.db', 'x', '12', '0x10', '007', '-1', 'true', '', '-', '--', "'q'", 'a=b', '1e3']; // prettier-ignore
  const value = fc.oneof(fc.constantFrom(...values, ...choices), fc.string({ maxLength: 4 }));
  const flag = fc.constantFrom(...flags);
  const piece = fc.oneof(
    flag.map((each) => [each]),
    fc.tuple(flag, value).map(([each, given]) => [each, given]),
    fc.tuple(flag, value).map(([each, given]) => [`${each}=${given}`]),
    value.map((each) => [each]),
  );
  const line = fc
    .tuple(fc.integer({ min: 0, max: 2 }), fc.array(piece, { maxLength: 4 }))
    .map(([files, pieces]) => [name, ...Array<string>(files).fill('t.db'), ...pieces.flat()]);

  test(`${name}: what is read plainly, yargs reads alike`, async (t) => {
    await fc.assert(
      fc.asyncProperty(line, async (words) => {
        const args = parsePlainly(words, command);
        if (args === undefined) return;
        t.deepEqual(meant(args), meant((await byYargs(words, command)) ?? {}), words.join(' '));
      }),
      { numRuns: RUNS },
    );
    t.pass();
  });
}

const PLAIN: readonly string[][] = [
  ['info', 't.db'],
  ['info', 't.db', '--format', 'json'],
  ['steps', 't.db', '--from', '12', '--count=3', '--no-pager'],
  ['pack', 't.db', '-o', 'x.trace', '--force'],
  ['state', 't.db', '--at', 'main:2'],
];

for (const words of PLAIN) {
  test(`kvmtrace ${words.join(' ')} is read without yargs`, async (t) => {
    t.not(parsePlainly(words, await loadCommand(words[0]!)), undefined);
  });
}

const NOT_PLAIN: readonly string[][] = [
  ['info'],
  ['info', 'a.db', 'b.db'],
  ['info', 't.db', '--format', 'xml'],
  ['info', 't.db', '--format', 'json', '--format', 'text'],
  ['info', 't.db', '--formt', 'json'],
  ['info', '--', 't.db'],
  ['steps', 't.db', '--from', '-1'],
  ['steps', 't.db', '--from'],
  ['pack', 't.db', '-fo', 'x.trace'],
];

for (const words of NOT_PLAIN) {
  test(`kvmtrace ${words.join(' ')} is left to yargs`, async (t) => {
    t.is(parsePlainly(words, await loadCommand(words[0]!)), undefined);
  });
}
