import { inputError, type KvmtraceError } from '../../base/errors.js';
import { suggestion } from '../../base/suggest.js';

/** What there is to choose from on the command line. */
export interface Known {
  readonly commands: readonly string[];
  /** Names of the options of the command that was given; empty where none was. */
  readonly options: readonly string[];
}

/** yargs' complaint about the command line as one sentence in our words. */
export function usageError(
  message: string,
  command: string | undefined,
  known: Known,
): KvmtraceError {
  const help = command === undefined ? 'kvmtrace --help' : `kvmtrace ${command} --help`;
  return inputError(`${rephrase(message.trim(), command, known)}: see ${help}.`);
}

function rephrase(message: string, command: string | undefined, known: Known): string {
  const choices = /Argument: (?<name>[^,]+), Given: (?<given>.*), Choices: (?<choices>.*)$/s.exec(
    message,
  );
  if (choices?.groups !== undefined) {
    const { name = '', given = '', choices: list = '' } = choices.groups;
    const words = [...list.matchAll(/"([^"]*)"/g)].map(([, word]) => word!);
    return `--${name} ${given} is none of ${list}${suggestion(given.replaceAll('"', ''), words)}`;
  }
  const unknown = /^Unknown (?:arguments?|commands?): (?<names>.*)$/s.exec(message)?.groups?.[
    'names'
  ];
  if (unknown !== undefined) {
    if (command === undefined) {
      const [first = ''] = unknown.split(', ');
      return `there is no command ${first}${suggestion(first, known.commands)}`;
    }
    return `${command} has no option or argument ${unknown}${suggestion(unknown, known.options, '--')}`;
  }
  const wanted = /^Missing required arguments?: (?<names>.*)$/s.exec(message)?.groups?.['names'];
  if (wanted !== undefined) return `--${wanted.replaceAll(', ', ', --')} is missing`;
  const valueless = /^Not enough arguments following: (?<name>.*)$/s.exec(message)?.groups?.[
    'name'
  ];
  if (valueless !== undefined) return `--${valueless} needs a value`;
  if (message.startsWith('Not enough non-option arguments')) {
    return command === undefined ? 'there is no command' : `${command} needs more arguments`;
  }
  return message.replaceAll(/\s*\n\s*/g, ' ');
}
