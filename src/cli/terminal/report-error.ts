import { KvmtraceError } from '../../base/errors.js';
import { printable } from '../../base/printable.js';
import { CommandInterrupted, EXIT_INTERRUPTED } from '../exit-codes.js';
import { OutputClosedError } from './output.js';

/** Of a bug in kvmtrace: EX_SOFTWARE of sysexits.h, which no command uses for anything else. */
const EXIT_BUG = 70;

/** Tells stderr about an error, in one line unless `debug`, and returns the exit code. */
export function reportError(error: unknown, debug: boolean): number {
  if (error instanceof OutputClosedError) return 0;
  if (error instanceof CommandInterrupted) return EXIT_INTERRUPTED;
  if (debug && error instanceof Error) {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
      process.stderr.write(`caused by ${cause.stack ?? cause.message}\n`);
    }
  }
  const message = (error instanceof Error ? error.message : String(error)).replace(/\.?$/, '');
  if (error instanceof KvmtraceError) {
    process.stderr.write(`kvmtrace: ${printable(message)}.\n`);
    return error.exitCode;
  }
  const hint = debug ? 'please report it' : 'please report it with what --debug prints';
  process.stderr.write(`kvmtrace: this is a bug (${printable(message)}): ${hint}.\n`);
  return EXIT_BUG;
}
