/** UEFI programs as a kind of guest file. */
import { viewOf } from '../formats/bytes.js';
import { readFileSync, statSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { inputError } from '../../base/errors.js';
import { DEFAULT_MEMORY_SIZE, memoryLayout } from '../memory-map.js';
import type { GuestFormat, LoadOptions } from '../formats/format.js';
import { option } from '../../base/option-names.js';
import { isPe, SUBSYSTEMS } from '../formats/pe-header.js';
import { loadEfi } from './load.js';
import { parseVariables, type Variable } from './variables.js';

const AMD64 = 0x8664;

/** UEFI programs as a kind of guest file. */
export const efiFormat: GuestFormat = {
  name: 'efi',
  matches: isUefiProgram,
  load({ path, title, bytes }, options) {
    if (!isPe(bytes)) {
      throw inputError(
        `${title} is no PE image, as UEFI programs are: leave ${option('format')} out.`,
      );
    }
    checkOptions(title, options);
    const { memory = DEFAULT_MEMORY_SIZE, load, append = '' } = options;
    const layout = memoryLayout(memory, 'long');
    const root = options.efiRoot === undefined ? undefined : checkRoot(options.efiRoot);
    const hostPath = resolve(path);
    const variables = options.efiVars === undefined ? [] : readVariables(options.efiVars);
    const volumePath = pathOnVolume(hostPath, root);
    const image = loadEfi(title, bytes, {
      layout,
      load,
      hostPath,
      volumePath,
      root,
      loadOptions: append,
      variables,
    });
    return { image, layout };
  },
};

/** PE32+ for x86-64 with one of UEFI's subsystems: what other PE files are is told by foreign-kinds.ts. */
function isUefiProgram(bytes: Uint8Array): boolean {
  if (!isPe(bytes)) return false;
  const view = viewOf(bytes);
  const at = view.getUint32(0x3c, true);
  if (at + 96 > bytes.length || view.getUint16(at + 4, true) !== AMD64) return false;
  return SUBSYSTEMS[view.getUint16(at + 24 + 68, true)] !== undefined;
}

function checkOptions(title: string, { mode, entry }: LoadOptions): void {
  if (mode !== undefined && mode !== 'long') {
    throw inputError(
      `${title} is a UEFI program, which starts in long mode: leave ${option('mode')} out.`,
    );
  }
  if (entry !== undefined) {
    throw inputError(
      `${title} is a UEFI program, which says where it starts: leave ${option('entry')} out.`,
    );
  }
}

function checkRoot(root: string): string {
  const isDirectory = statSync(root, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isDirectory) {
    throw inputError(
      `--efi-root ${JSON.stringify(root)} is no directory: give one that is to be the guest's volume.`,
    );
  }
  return resolve(root);
}

function readVariables(path: string): Variable[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw inputError(
      `--efi-vars ${JSON.stringify(path)} cannot be read: give a JSON file of variables.`,
      error,
    );
  }
  return parseVariables(path, text);
}

/** `\EFI\BOOT\BOOTX64.EFI` where the program lies on the volume, else its name at the top. */
function pathOnVolume(hostPath: string, root: string | undefined): string {
  const inside = root === undefined ? '..' : relative(root, hostPath);
  const path = inside.startsWith('..') ? basename(hostPath) : inside;
  return `\\${path.replaceAll('/', '\\')}`;
}
