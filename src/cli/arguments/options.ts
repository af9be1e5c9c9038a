/** Options that several commands have. */

export const TEXT_OR_JSON = ['text', 'json'] as const;

export const formatOption = {
  type: 'string',
  choices: TEXT_OR_JSON,
  default: 'text',
  describe: 'How to print',
} as const;

export const traceArgument = {
  type: 'string',
  demandOption: true,
  describe: 'A trace file, made by kvmtrace record',
} as const;
