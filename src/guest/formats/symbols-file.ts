/** Names and source lines from another file than the guest: of a stripped image, or one that was moved. */
import { readFileSync } from 'node:fs';
import { inputError } from '../../base/errors.js';
import type { SourceLine } from './dwarf/source-lines.js';
import { readDebugLines } from './elf/debug-lines.js';
import { isElf, readElfHeader } from './elf/header.js';
import { readSections } from './elf/sections.js';
import { readSymbols } from './elf/symbols.js';
import type { GuestSymbol } from './image.js';
import { readSymbolMap } from './symbol-map.js';

/** What such a file has. */
export interface SymbolsFile {
  /** By address. */
  readonly symbols: readonly GuestSymbol[];
  readonly sourceLines: readonly SourceLine[];
}

const SHF_EXECINSTR = 4n;

/**
 * Reads an ELF for its symbols and line numbers, or a list as nm, System.map and kallsyms have it.
 *
 * @param base where the file's code begins in the guest, if that is not where it was linked
 * @throws KvmtraceError (exit code 2) for a file that is neither, and one without symbols
 */
export function readSymbolsFile(path: string, base?: bigint): SymbolsFile {
  const bytes = readBytes(path);
  const { symbols, sourceLines, start } = isElf(bytes)
    ? fromElf(path, bytes)
    : fromMap(path, bytes);
  if (symbols.length === 0 && sourceLines.length === 0) {
    throw inputError(`${path} has no symbols: give the file that it was stripped from.`);
  }
  if (base === undefined || start === undefined) return { symbols, sourceLines };
  const moved = <T extends { readonly address: bigint }>(each: T): T => ({
    ...each,
    address: BigInt.asUintN(64, each.address + base - start),
  });
  return { symbols: symbols.map(moved), sourceLines: sourceLines.map(moved) };
}

interface Found extends SymbolsFile {
  /** Where its code begins as it was linked. */
  readonly start: bigint | undefined;
}

function fromElf(path: string, bytes: Uint8Array): Found {
  const header = readElfHeader(path, bytes);
  const { symbols } = readSymbols(path, bytes, header);
  const { lines } = readDebugLines(path, bytes);
  const starts = readSections(path, bytes, header)
    .sections.filter(({ flags }) => (flags & SHF_EXECINSTR) !== 0n)
    .map(({ address }) => address);
  return { symbols, sourceLines: lines, start: least(starts) };
}

function fromMap(path: string, bytes: Buffer): Found {
  const symbols = readSymbolMap(bytes.toString('utf8'));
  if (symbols === undefined) {
    throw inputError(
      `${path} is no ELF, nor a list of symbols as nm, System.map and /proc/kallsyms have it: give one of them.`,
    );
  }
  const code = symbols.filter(({ kind }) => kind === 'function').map(({ address }) => address);
  return { symbols, sourceLines: [], start: least(code) };
}

function least(addresses: readonly bigint[]): bigint | undefined {
  let found = addresses[0];
  for (const address of addresses) if (address < found!) found = address;
  return found;
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw inputError(
      `${path} cannot be read (${code ?? String(error)}): give a file with symbols.`,
    );
  }
}
