/**
 * What messages call an option. The library and the command line have the same ones in different
 * spellings, and a message names them as whoever reads it has given them.
 */

type Notation = 'library' | 'command line';

let notation: Notation = 'library';

/** From now on messages name options as on the command line: for the program, at its start. */
export function nameOptionsAsOnCommandLine(): void {
  notation = 'command line';
}

/** Options whose spellings differ in more than hyphens. */
const SPELLINGS: Readonly<Record<string, Readonly<Record<Notation, string>>>> = {
  output: { library: 'output', 'command line': '-o' },
  'ignore-register': { library: 'ignore.registers', 'command line': '--ignore-register' },
  'ignore-memory': { library: 'ignore.memory', 'command line': '--ignore-memory' },
  'ignore-port': { library: 'ignore.ports', 'command line': '--ignore-port' },
  'ignore-input': { library: 'ignore.inputs', 'command line': '--ignore-input' },
};

/**
 * `--max-steps`, or for the library `maxSteps` in backquotes; with a value `--format flat`, or
 * `format: 'flat'`.
 *
 * @param name as on the command line, without the hyphens before it
 */
export function option(name: string, value?: string): string {
  const isFlag = notation === 'command line';
  const spelling = SPELLINGS[name]?.[notation] ?? (isFlag ? `--${name}` : camelCase(name));
  if (isFlag) return value === undefined ? spelling : `${spelling} ${value}`;
  return value === undefined ? `\`${spelling}\`` : `\`${spelling}: '${value}'\``;
}

/** What does it for whoever reads the message: a command, or a function of the library. */
export function tool(command: string, libraryFunction: string): string {
  return notation === 'command line' ? command : libraryFunction;
}

function camelCase(name: string): string {
  return name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
