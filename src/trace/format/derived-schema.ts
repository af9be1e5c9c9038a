import { derivedSchemaSql } from './schema.js';

export interface DerivedStatement {
  readonly type: 'table' | 'view' | 'index';
  readonly name: string;
  readonly sql: string;
}

/** `meta` keys that say which derived tables a trace has, and of how many steps. */
export const DERIVED_VERSION_KEY = 'derived_version';
export const DERIVED_STEPS_KEY = 'derived_steps';
/** Raised whenever what is derived changes: older tables are then made again. */
export const DERIVED_VERSION = 5;

const STATEMENT = /^CREATE (TABLE|VIEW|INDEX) (\w+)/;

let statements: readonly DerivedStatement[] | undefined;

/** What schema/0002_derived.sql makes, in order. */
export function derivedStatements(): readonly DerivedStatement[] {
  statements ??= derivedSchemaSql()
    .replaceAll(/^--.*\n/gm, '')
    .split(';\n')
    .map((each) => each.trim())
    .filter((each) => each !== '')
    .map((sql) => {
      const [, type, name] = STATEMENT.exec(sql)!;
      return { type: type!.toLowerCase() as DerivedStatement['type'], name: name!, sql };
    });
  return statements;
}

/** The same as part of a connection rather than of the file. */
export function temporary({ type, name, sql }: DerivedStatement): string {
  const head = `CREATE ${type.toUpperCase()} `;
  return `${head}temp.${name}${sql.slice(head.length + name.length)}`;
}
