/** All questions of the page, by name. A new one is a file here and a line below. */
import type { Question } from '../question.js';
import { about } from './about.js';
import { console } from './console.js';
import { diff } from './diff.js';
import { find, findDeep } from './find.js';
import { memory } from './memory.js';
import { screen } from './screen.js';
import { search } from './search.js';
import { schema, sql } from './sql.js';
import { functions, stack } from './stack.js';
import { state } from './state.js';
import { steps } from './steps.js';
import { calls, lanes } from './timeline.js';
import { why } from './why.js';

/** By the last part of their URLs. */
export const QUESTIONS: ReadonlyMap<string, Question> = new Map(
  Object.entries({
    about,
    calls,
    console,
    diff,
    find,
    'find-deep': findDeep,
    functions,
    lanes,
    memory,
    schema,
    screen,
    search,
    sql,
    stack,
    state,
    steps,
    why,
  }),
);
