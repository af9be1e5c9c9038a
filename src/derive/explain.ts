import { damaged } from '../trace/read/sqlite-errors.js';
import { TooManyAccessesError } from './accesses.js';

/** Runs `work`, making a sentence of what a lying trace can bring it to. */
export function explainDeriveError(path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TooManyAccessesError)) throw error;
    throw damaged(
      path,
      'its string instructions go through more memory than a machine could',
      error,
    );
  }
}
