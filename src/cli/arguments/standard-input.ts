/**
 * `-` as a word of its own: standard input. yargs takes it for an option without a name, so that it is
 * spelled out before: `query t.db -` and `query t.db -f -` are `query t.db --file=-`.
 */
const FILES: Readonly<Record<string, readonly string[]>> = { query: ['-f', '--file'] };

/** The word that stands for standard input. */
export const STANDARD_INPUT = '-';

/** The command line with each `-` as `--file=-`, in commands that take it. */
export function spellStandardInput(argv: readonly string[]): string[] {
  const files = FILES[argv[0] ?? ''];
  if (files === undefined) return [...argv];
  return argv.flatMap((word, i) => {
    if (word === STANDARD_INPUT) return [`--file=${STANDARD_INPUT}`];
    return files.includes(word) && argv[i + 1] === STANDARD_INPUT ? [] : [word];
  });
}
