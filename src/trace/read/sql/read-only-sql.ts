/**
 * The first gate for SQL of the user's. SQLite carries some PRAGMAs out while it parses them, so
 * what does not begin like a query must not even be prepared. (The second gate is SQLite's own
 * judgement of the prepared statement, the third a handle that cannot write.)
 */

const QUERIES = ['SELECT', 'WITH', 'VALUES'];
/** PRAGMAs that tell something about the table or index in parentheses. */
const DESCRIBING = [
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'integrity_check',
  'quick_check',
];
/** PRAGMAs that tell something when nothing is assigned to them. */
const TELLING = [
  'application_id',
  'user_version',
  'schema_version',
  'page_size',
  'page_count',
  'freelist_count',
  'encoding',
  'compile_options',
  'function_list',
  'collation_list',
  'pragma_list',
];
/** How statements begin that do anything else. */
const OTHERS =
  'ALTER ANALYZE ATTACH BEGIN COMMIT CREATE DELETE DETACH DROP END INSERT REINDEX RELEASE REPLACE ROLLBACK SAVEPOINT UPDATE VACUUM'.split(
    ' ',
  );
const SPACE = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)`;
const LEADING_SPACE = new RegExp(`^${SPACE}*`);
const PRAGMA = new RegExp(
  `^PRAGMA${SPACE}+(?:(?:${DESCRIBING.join('|')})${SPACE}*(?:\\(${SPACE}*[^()=;]*\\))?|(?:${TELLING.join('|')}))${SPACE}*;?${SPACE}*$`,
  'i',
);

/** Why this SQL is not run, as a sentence, or undefined if it may be prepared. */
export function refusal(sql: string): string | undefined {
  const statement = skipSpace(sql);
  const keyword = firstWord(statement);
  if (keyword === '') return 'there is no SQL statement: write a SELECT.';
  if (QUERIES.includes(keyword)) return undefined;
  if (keyword === 'EXPLAIN') return explainedRefusal(statement);
  if (keyword === 'PRAGMA') {
    return PRAGMA.test(statement)
      ? undefined
      : 'this PRAGMA could change something, and a trace is only read: PRAGMA table_info(step) and such are fine.';
  }
  const wayOut = 'write a SELECT (or WITH, VALUES, EXPLAIN)';
  return OTHERS.includes(keyword)
    ? `a trace is only read, so there is no ${keyword}: ${wayOut}.`
    : `no SQL statement begins with ${JSON.stringify(keyword)}: ${wayOut}.`;
}

function explainedRefusal(statement: string): string | undefined {
  let rest = skipSpace(statement.slice('EXPLAIN'.length));
  if (firstWord(rest) === 'QUERY') {
    rest = skipSpace(rest.slice('QUERY'.length));
    if (firstWord(rest) === 'PLAN') rest = skipSpace(rest.slice('PLAN'.length));
  }
  return QUERIES.includes(firstWord(rest)) ? undefined : 'only a SELECT can be explained.';
}

function skipSpace(sql: string): string {
  return sql.replace(LEADING_SPACE, '');
}

/** In upper case; for what is no word, the characters up to a space. */
function firstWord(sql: string): string {
  return (/^(?:\w+|\S{1,20})/.exec(sql)?.[0] ?? '').toUpperCase();
}
