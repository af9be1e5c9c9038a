import type { Command } from '../command.js';
import { single } from '../arguments/numbers.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

interface CompletionArguments {
  readonly shell: (typeof SHELLS)[number];
}

/** yargs' types leave its parameters out. */
interface WithCompletion {
  /** Prints the script for `program`, which is printed again by its command `command`. */
  showCompletionScript(program: string, command: string): unknown;
}

/** `kvmtrace completion`. */
export const completion: Command<CompletionArguments> = {
  usage: 'completion <shell>',
  summary: 'Print a script by which a shell completes commands, options and choices',
  examples: [
    ['$0 completion bash >> ~/.bashrc', 'For bash, from the next login on'],
    ['$0 completion zsh >> ~/.zshrc', 'For zsh'],
    ['source <($0 completion bash)', 'Now, in this shell'],
  ],
  options: (yargs) =>
    yargs.positional('shell', {
      type: 'string',
      demandOption: true,
      choices: SHELLS,
      describe: 'Whose script',
    } as const),
  async run({ shell: given }) {
    const { default: yargs } = await import('yargs');
    const shell = single(given, 'the shell');
    // By this yargs knows for whom the script is.
    process.env['SHELL'] = `/bin/${shell}`;
    const program = yargs() as WithCompletion;
    program.showCompletionScript('kvmtrace', `completion ${shell}`);
    return 0;
  },
};
