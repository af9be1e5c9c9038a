/** The statements of a file of schema/ that makes tables a trace may be without. */

/** One CREATE of it, and what it makes. */
export interface SchemaStatement {
  readonly type: 'table' | 'view' | 'index';
  readonly name: string;
  readonly sql: string;
}

const STATEMENT = /^CREATE (TABLE|VIEW|INDEX) (\w+)/;

/** Each statement of some SQL, in order, without the comments between them. */
export function statementsOf(sql: string): SchemaStatement[] {
  return sql
    .replaceAll(/^--.*\n/gm, '')
    .split(';\n')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((each) => {
      const [, type, name] = STATEMENT.exec(each)!;
      return { type: type!.toLowerCase() as SchemaStatement['type'], name: name!, sql: each };
    });
}
