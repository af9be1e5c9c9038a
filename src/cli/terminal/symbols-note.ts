/** Says on stderr why a guest's trace has no names, where its file should have had some. */
import { loadGuest, type LoadOptions } from '../../guest/formats/load.js';

/** Loads the guest once more and prints why its symbols were lost, if they were. */
export function noteLostSymbols(guest: string, options: LoadOptions): void {
  const { symbolsLost } = loadGuest(guest, options).image;
  if (symbolsLost !== undefined) process.stderr.write(`${symbolsLost}\n`);
}
