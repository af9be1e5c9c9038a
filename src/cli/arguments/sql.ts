/** The SQL that `query` runs: on the command line, in a file, from standard input, or ready-made. */
import { readFileSync } from 'node:fs';
import { inputError } from '../../base/errors.js';
import { single } from './numbers.js';
import { STANDARD_INPUT } from './standard-input.js';

/** The ways to give SQL, as they were given. */
export interface SqlArguments {
  readonly sql: string | undefined;
  readonly file: string | undefined;
  readonly name: string | undefined;
}

const STDIN = 0;

/** Throws a KvmtraceError for none of them, for several, or for a file that cannot be read. */
export async function sqlOf({ sql, file, name }: SqlArguments): Promise<string> {
  const given = [sql, file, name].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw inputError(
      given.length === 0
        ? 'query needs SQL: give it after the trace, - to read it from standard input, -f FILE, or --name of a question that --list shows.'
        : 'query was given SQL in several ways: give one of SQL, -f FILE and --name.',
    );
  }
  if (name !== undefined) {
    const { questionNamed } = await import('../../query/questions.js');
    return questionNamed(single(name, '--name')).sql;
  }
  if (file === undefined) return single(sql!, 'the SQL');
  const path = single(file, '-f');
  return path === STANDARD_INPUT ? read(STDIN, 'standard input') : read(path, `-f ${path}`);
}

function read(source: string | number, what: string): string {
  let bytes;
  try {
    bytes = readFileSync(source);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw inputError(`${what} cannot be read: ${code ?? message}.`, error);
  }
  return bytes.toString('utf8');
}
