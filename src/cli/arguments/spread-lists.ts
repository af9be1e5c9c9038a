/** Options that take all words up to the next option: `--pass a.db b.db` is `--pass a.db --pass b.db`. */
const LISTS: Readonly<Record<string, readonly string[]>> = { compare: ['--pass', '--fail'] };

/** The command line with the option repeated before each of its words, as yargs wants it. */
export function spreadLists(argv: readonly string[]): string[] {
  const lists = LISTS[argv[0] ?? ''];
  if (lists === undefined) return [...argv];
  const result: string[] = [];
  let list: string | undefined;
  let taken = 0;
  for (const word of argv) {
    if (word.startsWith('-')) {
      list = lists.includes(word) ? word : undefined;
      taken = 0;
    } else if (list !== undefined && taken++ > 0) {
      result.push(list);
    }
    result.push(word);
  }
  return result;
}
