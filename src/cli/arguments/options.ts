/** Options that several commands have. */
import { SYNTAXES } from '../../trace/read/syntax.js';

/** What `--format` takes of most commands. */
export const TEXT_OR_JSON = ['text', 'json'] as const;

/** `--format`, for yargs. */
export const formatOption = {
  type: 'string',
  choices: TEXT_OR_JSON,
  default: 'text',
  describe: 'How to print',
} as const;

/** `--syntax`, for yargs. */
export const syntaxOption = {
  type: 'string',
  choices: SYNTAXES,
  default: 'intel',
  describe: 'How to write instructions',
} as const;

/** The argument `<trace>`, for yargs. */
export const traceArgument = {
  type: 'string',
  demandOption: true,
  describe: 'A trace file, made by kvmtrace record',
} as const;

/** An option with a value, which is taken as the text that it is; for yargs. */
export function textOption<const M extends object = object>(describe: string, more?: M) {
  return { type: 'string', requiresArg: true, describe, ...more! } as const;
}
