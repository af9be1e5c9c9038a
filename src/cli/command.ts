import type { Argv } from 'yargs';
import type { Output } from './terminal/output.js';
import type { Style } from '../report/style.js';

/** What a command works with besides its arguments. */
export interface Context {
  readonly out: Output;
  readonly style: Style;
  /** Columns to lay text out for; undefined where stdout is no terminal: lines may be long. */
  readonly columns: number | undefined;
}

/**
 * One command of the CLI. Commands load what they need when they run: reading a trace must work
 * where KVM's binding cannot be loaded.
 */
export interface Command<Arguments> {
  /** yargs' notation: `steps <trace>`. */
  readonly usage: string;
  readonly summary: string;
  /** Lines of `$0 …` with what each does. */
  readonly examples: readonly (readonly [command: string, explanation: string])[];
  options(yargs: Argv): Argv<Arguments>;
  /** Returns the exit code. */
  run(args: Arguments, context: Context): Promise<number>;
}
