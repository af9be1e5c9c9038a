import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assembleFlat } from '../helpers/build.js';
import type { FlatGuest } from '../helpers/record.js';
import { randomGuest, type RandomGuest } from './guest.js';

/** Another number here draws other guests. */
export const RANDOM_SEED = Number(process.env['KVMTRACE_ORACLE_SEED'] ?? 1);

/** Where a guest of so many bits starts, and in what mode. */
export const PLACES = {
  16: { mode: 'real', load: 0x7c00 },
  32: { mode: 'protected', load: 0x100000 },
  64: { mode: 'long', load: 0x100000 },
} as const;

/** Builds the guest in the directory. */
export function buildRandomGuest(guest: RandomGuest, directory: string): FlatGuest {
  const source = join(directory, 'guest.S');
  const path = join(directory, 'guest.bin');
  const place = PLACES[guest.bits];
  writeFileSync(source, randomGuest(guest));
  assembleFlat(source, place.load, path);
  return { path, ...place };
}
