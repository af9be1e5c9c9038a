/** Questions that are asked often, ready-made: the files of schema/questions. */
import { readdirSync, readFileSync } from 'node:fs';
import { inputError } from '../base/errors.js';
import { packageRoot } from '../base/package-root.js';

/** A question that is ready to be asked: its name and its SQL. */
export interface Question {
  /** `slowest-functions`. */
  readonly name: string;
  /** What it asks, a sentence. */
  readonly text: string;
  readonly sql: string;
}

const DIRECTORY = new URL('schema/questions/', packageRoot);
const EXTENSION = '.sql';

/** All of them, by name. */
export function questions(): Question[] {
  return readdirSync(DIRECTORY)
    .filter((file) => file.endsWith(EXTENSION))
    .sort()
    .map((file) => {
      const text = readFileSync(new URL(file, DIRECTORY), 'utf8');
      const [, question, sql] = /^-- (.*)\n([^]*)$/.exec(text)!;
      return { name: file.slice(0, -EXTENSION.length), text: question!, sql: sql! };
    });
}

/** @throws KvmtraceError (exit code 2) for a name that none of them has */
export function questionNamed(name: string): Question {
  const all = questions();
  const found = all.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw inputError(
    `there is no question ${JSON.stringify(name)}: they are ${all.map((each) => each.name).join(', ')}.`,
  );
}
