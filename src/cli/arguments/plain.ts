/**
 * Reads command lines that leave no doubt, without yargs, whose loading takes as long as starting Node.
 * Whatever is not plain (an error, a value in quotes, an option given twice …) is left to yargs: what is
 * read here is read as yargs would, which test/cli/plain.test.ts compares.
 */
import type { Command } from '../command.js';
import { allDeclared, type Declaration } from '../help/declared-options.js';
import { GLOBAL_OPTIONS } from '../help/global-options.js';

/** By the names of options and arguments, as yargs gives them to a command. */
export type Arguments = Readonly<Record<string, unknown>>;

/** `--name` or `--name=value`. */
const LONG = /^--(?<name>[a-z][a-z-]*)(?:=(?<value>.*))?$/s;
/** What yargs takes for part of an option or takes off: hyphens, quotes. */
const PLAIN_VALUE = /^[^-'"]/;
/** What a declaration may say for its option to be read here. */
const KNOWN: ReadonlySet<string> = new Set([
  ...['name', 'type', 'alias', 'describe', 'choices', 'default', 'defaultDescription'],
  ...['demandOption', 'requiresArg', 'hidden'],
]);

/**
 * The arguments of `command`, or undefined where yargs has to look at them.
 *
 * @param words of the command line, beginning with the command's name
 */
export function parsePlainly(
  words: readonly string[],
  command: Command<unknown>,
): Arguments | undefined {
  const [name, ...usage] = command.usage.split(' ');
  if (words[0] !== name) return undefined;
  const { positionals, options, hasRules } = allDeclared(command);
  const all = [...options, ...GLOBAL_OPTIONS];
  if (hasRules || usage.length !== positionals.length) return undefined;
  if (!positionals.every(isKnown)) return undefined;
  const split = splitWords(words.slice(1), all);
  if (split === undefined || split.free.length > positionals.length) return undefined;
  const given = new Map(split.given);
  for (const [i, word] of split.free.entries()) given.set(positionals[i]!, word);
  const args: Record<string, unknown> = {};
  for (const each of [...positionals, ...all]) {
    const value = given.get(each) ?? each.default;
    if (!isAllowed(each, value, given.has(each))) return undefined;
    if (value === undefined) continue;
    args[each.name] = value;
    if (each.alias !== undefined) args[each.alias] = value;
  }
  return args;
}

interface SplitWords {
  readonly given: ReadonlyMap<Declaration, string | boolean>;
  /** What belongs to no option, in order. */
  readonly free: readonly string[];
}

function splitWords(
  words: readonly string[],
  options: readonly Declaration[],
): SplitWords | undefined {
  const given = new Map<Declaration, string | boolean>();
  const free: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (PLAIN_VALUE.test(word)) {
      free.push(word);
      continue;
    }
    const { name, value: attached } = LONG.exec(word)?.groups ?? {};
    const option = options.find((each) =>
      name === undefined
        ? each.alias?.length === 1 && word === `-${each.alias}`
        : each.name === name,
    );
    if (option === undefined || given.has(option)) return undefined;
    if (option.type === 'boolean') {
      // `--force true` is a value to yargs.
      const next = words[i + 1];
      if (attached !== undefined || next === 'true' || next === 'false') return undefined;
      given.set(option, true);
      continue;
    }
    const value = attached ?? words[++i];
    if (value === undefined || !PLAIN_VALUE.test(value)) return undefined;
    given.set(option, value);
  }
  return { given, free };
}

function isAllowed(option: Declaration, value: unknown, isGiven: boolean): boolean {
  const { type, choices, demandOption } = option;
  if (isGiven && !isKnown(option)) return false;
  if (value === undefined) return demandOption !== true;
  if (isGiven && type !== 'string' && type !== 'boolean') return false;
  return choices === undefined || choices.includes(value as string);
}

function isKnown(declaration: Declaration): boolean {
  return Object.keys(declaration).every((key) => KNOWN.has(key));
}
