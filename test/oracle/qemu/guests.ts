import { join } from 'node:path';
import type { GuestMode } from '../../../src/guest/mode.js';
import { assembleFlat, sourcePath } from '../helpers/build.js';
import type { FlatGuest } from '../helpers/record.js';

const LOAD: Readonly<Record<GuestMode, number>> = {
  real: 0x7c00,
  protected: 0x100000,
  long: 0x100000,
};

/** Assembles guests/NAME.S, whose name begins with the mode it starts in. */
export function buildGuest(name: string, directory: string): FlatGuest {
  const mode = (Object.keys(LOAD) as GuestMode[]).find((each) => name.startsWith(each));
  if (mode === undefined) throw new Error(`${name} begins with no mode`);
  const path = join(directory, 'guest.bin');
  const load = LOAD[mode];
  assembleFlat(sourcePath(`qemu/guests/${name}.S`), load, path);
  return { path, mode, load };
}
