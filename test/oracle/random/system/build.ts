import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assembleFlat } from '../../helpers/build.js';
import type { FlatGuest } from '../../helpers/record.js';
import { PLACES } from '../build.js';
import { systemGuest, type SystemGuest } from './guest.js';

/** Builds the guest in the directory. */
export function buildSystemGuest(guest: SystemGuest, directory: string): FlatGuest {
  const source = join(directory, 'guest.S');
  const path = join(directory, 'guest.bin');
  const place = PLACES[guest.bits];
  writeFileSync(source, systemGuest(guest));
  assembleFlat(source, place.load, path);
  return { path, ...place };
}
