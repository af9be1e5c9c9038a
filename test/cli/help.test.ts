/** Help, suggestions and completion: what the command line says of itself. */
import test from 'ava';
import { spawnSync } from 'node:child_process';
import { commandHelp } from '../../src/cli/help/help.js';
import type { Command } from '../../src/cli/command.js';
import { declaredOptions } from '../../src/cli/help/declared-options.js';
import { suggestion } from '../../src/base/suggest.js';
import { valueName } from '../../src/cli/help/value-names.js';
import { loadCommands } from '../../src/cli/commands.js';
import { FORMAT_NAMES } from '../../src/guest/formats/format-names.js';
import { isOneSentence } from '../helpers/sentence.js';
import { kvmtrace } from '../helpers/cli.js';

const commands = await loadCommands();
const nameOf = ({ usage }: Command<unknown>): string => usage.split(' ')[0]!;

test('--help lists the commands, within 80 columns', (t) => {
  const { code, stdout } = kvmtrace(['--help']);
  t.is(code, 0);
  for (const command of commands) t.true(stdout.includes(`\n  ${command.usage} `), command.usage);
  t.deepEqual(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  );
});

for (const command of commands) {
  const name = nameOf(command);
  test(`${name} --help fits 80 columns, names what options take, and has an example`, (t) => {
    const help = commandHelp(command);
    t.deepEqual(
      help.split('\n').filter((line) => line.length > 80 && !line.startsWith('  $ ')),
      [],
    );
    t.notRegex(help, /\[(string|boolean|required)/);
    t.regex(help, new RegExp(`\nExamples:\n {2}\\$ .*\\bkvmtrace ${name}\\b`));
    for (const each of declaredOptions(command).options) {
      t.true(help.includes(`--${each.name}`), each.name);
      t.not(each.describe ?? '', '', each.name);
      if (each.type !== 'boolean' && each.choices === undefined) {
        t.not(valueName(name, each.name), 'VALUE', `${name} --${each.name} has no name in value-names.ts`); // prettier-ignore
      }
    }
  });
}

test('help is asked for in several ways', (t) => {
  const { stdout } = kvmtrace(['steps', '--help']);
  t.regex(stdout, /^kvmtrace steps <trace> \[options\]\n/);
  t.regex(stdout, /\n {6}--from STEP {2,}First step/);
  t.regex(stdout, /\n {2}STEP {2,}a step: 12, 0x10, -1/);
  t.is(kvmtrace(['help', 'steps']).stdout, stdout);
  t.is(kvmtrace(['steps', 't.db', '--count', '3', '-h']).stdout, stdout);
  t.is(kvmtrace(['help']).stdout, kvmtrace(['--help']).stdout);
});

const SLIPS: readonly (readonly [args: readonly string[], expected: RegExp])[] = [
  [['stepz'], /no command stepz \(did you mean steps\?\): see kvmtrace --help/],
  [['recrod', 'x.elf'], /no command recrod \(did you mean record\?\)/],
  [['steps', 't.db', '--form', 'json'], /argument form \(did you mean --format\?\)/],
  [['steps', 't.db', '--cuont', '3'], /argument cuont \(did you mean --count\?\)/],
  [['steps', 't.db', '--format', 'jsn'], /none of "text", "json" \(did you mean json\?\)/],
  [['frobnicate'], /no command frobnicate: see/],
  [['steps', 't.db', '--frobnicate'], /argument frobnicate: see/],
];
for (const [args, expected] of SLIPS) {
  test(`a slip of the pen: ${args.join(' ')}`, (t) => {
    const { code, stderr } = kvmtrace(args);
    t.is(code, 2);
    t.regex(stderr, expected);
    t.true(isOneSentence(stderr.trimEnd()), stderr);
  });
}

test('what is like nothing has no suggestion', (t) => {
  t.is(suggestion('x', []), '');
  t.is(suggestion('', ['steps']), '');
  t.is(suggestion('why', ['hot', 'info']), '');
  t.is(suggestion('wyh', ['why', 'hot']), '');
  t.is(suggestion('hott', ['why', 'hot']), ' (did you mean hot?)');
});

function complete(...words: string[]): string[] {
  const { code, stdout } = kvmtrace(['--get-yargs-completions', 'kvmtrace', ...words], {
    env: { SHELL: '/bin/bash' },
  });
  if (code !== 0) throw new Error(stdout);
  return stdout.trimEnd().split('\n');
}

test('completion knows commands, options and choices', (t) => {
  for (const command of commands) t.true(complete('').includes(nameOf(command)), command.usage);
  const options = complete('record', '--');
  for (const name of ['--max-steps', '--format', '--no-pager'])
    t.true(options.includes(name), name);
  t.deepEqual(complete('record', '--format', ''), ['auto', ...FORMAT_NAMES]);
});

for (const [shell, expected] of [
  ['bash', /complete -o bashdefault -o default -F _kvmtrace_yargs_completions kvmtrace/],
  ['zsh', /^#compdef kvmtrace/],
  ['fish', /complete -f -c kvmtrace/],
] as const) {
  test(`the script for ${shell}`, (t) => {
    const { code, stdout } = kvmtrace(['completion', shell], { env: { SHELL: '/bin/sh' } });
    t.is(code, 0);
    t.regex(stdout, expected);
    if (shell !== 'bash') return;
    const checked = spawnSync('bash', ['-n'], { input: stdout, encoding: 'utf8' });
    t.is(checked.status, 0, checked.stderr);
  });
}
