import { inputError, type KvmtraceError } from '../../base/errors.js';

/** yargs' complaint about the command line as one sentence of ours. */
export function usageError(message: string, command: string | undefined): KvmtraceError {
  const help = command === undefined ? 'kvmtrace --help' : `kvmtrace ${command} --help`;
  return inputError(`${rephrase(message.trim(), command)}: see ${help}.`);
}

function rephrase(message: string, command: string | undefined): string {
  const choices = /Argument: (?<name>[^,]+), Given: (?<given>.*), Choices: (?<choices>.*)$/s.exec(
    message,
  );
  if (choices?.groups !== undefined) {
    const { name, given, choices: list } = choices.groups;
    return `--${name} ${given} is none of ${list}`;
  }
  const unknown = /^Unknown (?:arguments?|commands?): (?<names>.*)$/s.exec(message)?.groups?.[
    'names'
  ];
  if (unknown !== undefined) {
    if (command === undefined) return `there is no command ${unknown}`;
    return `${command} has no option or argument ${unknown}`;
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
