/** `--symbols FILE[@ADDRESS]`: names and source lines from another file than the guest. */
import { existsSync } from 'node:fs';
import type { IndexNames } from '../../derive/index-trace.js';
import { checkAddress, parseInteger } from '../../query/places/numbers.js';
import { single } from './numbers.js';

/** The option, as yargs takes it. */
export const SYMBOLS_OPTION = {
  type: 'string',
  requiresArg: true,
  describe: 'FILE[@ADDRESS]: an ELF, or a list of nm, System.map or kallsyms, to name addresses by',
} as const;

/**
 * What the file names: `FILE`, or `FILE@ADDRESS` where its code was loaded at another address than it was linked
 * for. A file whose own name ends like that is meant as it is.
 *
 * @throws KvmtraceError (exit code 2) for a file that names nothing
 */
export async function readSymbols(argument: string | undefined): Promise<IndexNames | undefined> {
  if (argument === undefined) return undefined;
  const text = single(argument, '--symbols');
  const { readSymbolsFile } = await import('../../guest/formats/symbols-file.js');
  const { file, base } = /^(?<file>.+)@(?<base>0x[0-9a-f]+|\d+)$/i.exec(text)?.groups ?? {};
  if (file === undefined || existsSync(text)) return readSymbolsFile(text);
  return readSymbolsFile(file, checkAddress(parseInteger(base!)!, `--symbols ${text}`));
}
