import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assembleFlat } from '../helpers/build.js';
import type { FlatGuest } from '../helpers/record.js';
import type { Bits } from './context.js';

/** Another number here draws other guests. */
export const RANDOM_SEED = Number(process.env['KVMTRACE_ORACLE_SEED'] ?? 1);

/** Where a guest of so many bits starts, and in what mode. */
const PLACES = {
  16: { mode: 'real', load: 0x7c00 },
  32: { mode: 'protected', load: 0x100000 },
  64: { mode: 'long', load: 0x100000 },
} as const;

/** Assembles what was drawn, into a guest in the directory. */
export function buildRandom(assembly: string, bits: Bits, directory: string): FlatGuest {
  const source = join(directory, 'guest.S');
  const path = join(directory, 'guest.bin');
  const place = PLACES[bits];
  writeFileSync(source, assembly);
  assembleFlat(source, place.load, path);
  return { path, ...place };
}
