/** What `--help` prints: 80 columns, and what an option takes by its name. */
import type { Command } from '../command.js';
import { declaredOptions, type Declaration } from './declared-options.js';
import { GLOBAL_OPTIONS } from './global-options.js';
import { wrap } from '../../report/wrapped-columns.js';
import { valueName, VALUE_MEANINGS } from './value-names.js';

const WIDTH = 80;
const INDENT = '  ';
/** Columns of what is explained; what is longer has a line of its own. */
const MAX_TERM = 26;
/** Choices that are longer are listed with the explanation. */
const MAX_CHOICES = 20;

/** What `kvmtrace --help` prints: the commands with a line each. */
export function programHelp(commands: readonly Command<unknown>[]): string {
  const rows = commands.map(({ usage, summary }) => [usage, summary] as const);
  const global = [...GLOBAL_OPTIONS, { name: 'version', describe: 'Show the version' }];
  return text([
    'kvmtrace <command> [options]',
    '',
    'Records KVM guests, instruction by instruction, and asks them questions.',
    ...section('Commands', rows),
    ...section('Options', global.map((each) => [`--${each.name}`, each.describe ?? ''])), // prettier-ignore
    ...section('Examples', [], [
      '$ kvmtrace record guest.elf -o t.db',
      '$ kvmtrace steps t.db --count 10',
      '$ kvmtrace steps --help',
    ]), // prettier-ignore
  ]);
}

/** What `kvmtrace COMMAND --help` prints, with an example at least. */
export function commandHelp(command: Command<unknown>): string {
  const [name = ''] = command.usage.split(' ');
  const { positionals, options, epilogue } = declaredOptions(command);
  const all = [...options, ...GLOBAL_OPTIONS];
  return text([
    `kvmtrace ${command.usage} [options]`,
    '',
    ...wrap(command.summary, WIDTH),
    ...section('Arguments', positionals.map((each) => [each.name, explanation(each)])), // prettier-ignore
    ...section('Options', all.map((each) => [term(name, each), explanation(each)])), // prettier-ignore
    ...(epilogue === '' ? [] : ['', ...epilogue.split('\n').flatMap((line) => wrap(line, WIDTH))]),
    ...section('Values', meanings(all.map((each) => valueOf(name, each)))),
    ...section('Examples', [], command.examples.flatMap(([line, what]) => exampleLines(line, what))), // prettier-ignore
  ]);
}

/** `-o, --output FILE`. */
function term(command: string, option: Declaration): string {
  const value = valueOf(command, option);
  const short = option.alias === undefined ? '    ' : `-${option.alias}, `;
  return `${short}--${option.name}${value === undefined ? '' : ` ${value}`}`;
}

/** Undefined of what is on or off. */
function valueOf(command: string, { name, type, choices }: Declaration): string | undefined {
  if (type === 'boolean') return undefined;
  if (choices === undefined) return valueName(command, name);
  return areBeside(choices) ? choices.join('|') : name.toUpperCase();
}

/** What it is, its choices where they do not stand beside its name, and its default. */
function explanation({ describe = '', choices = [], ...more }: Declaration): string {
  const notes = [areBeside(choices) ? '' : `one of ${choices.join(', ')}`, defaultOf(more)].filter(
    (note) => note !== '',
  );
  return notes.length === 0 ? describe : `${describe} (${notes.join('; ')})`;
}

function areBeside(choices: readonly string[]): boolean {
  return choices.join('|').length <= MAX_CHOICES;
}

function defaultOf({
  default: value,
  defaultDescription,
}: Declaration | Omit<Declaration, 'describe'>): string {
  // prettier-ignore
  if (defaultDescription !== undefined) return `default: ${defaultDescription}`;
  const isSaid = typeof value === 'string' || typeof value === 'number' || value === true;
  return isSaid ? `default: ${String(value)}` : '';
}

function meanings(values: readonly (string | undefined)[]): (readonly [string, string])[] {
  const used = new Set(values);
  return Object.entries(VALUE_MEANINGS).filter(([value]) => used.has(value));
}

/** The command as it is, since it may be copied, however long; what it does below where it needs to. */
function exampleLines(command: string, explained: string): string[] {
  const line = `$ ${command.replace('$0', 'kvmtrace')}`;
  return [line, ...wrap(explained, WIDTH - 2 * INDENT.length - 2).map((each) => `${INDENT}  ${each}`)]; // prettier-ignore
}

/** Terms and what they are, in two columns; nothing where there are none. */
function section(
  title: string,
  rows: readonly (readonly [term: string, explanation: string])[],
  lines: readonly string[] = [],
): string[] {
  if (rows.length === 0 && lines.length === 0) return [];
  const terms = rows.map(([each]) => each.length).filter((length) => length <= MAX_TERM);
  const column = INDENT.length + Math.max(0, ...terms) + 2;
  return [
    '',
    `${title}:`,
    ...rows.flatMap(([each, explained]) => {
      const [first = '', ...rest] = wrap(explained, WIDTH - column);
      const below = rest.map((line) => ' '.repeat(column) + line);
      const head = `${INDENT}${each}`;
      return each.length <= MAX_TERM
        ? [head.padEnd(column) + first, ...below]
        : [head, ' '.repeat(column) + first, ...below];
    }),
    ...lines.map((line) => `${INDENT}${line}`),
  ];
}

function text(lines: readonly string[]): string {
  return lines.map((line) => line.trimEnd()).join('\n');
}
