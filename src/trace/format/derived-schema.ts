import { derivedSchemaSql } from './schema.js';
import { statementsOf, type SchemaStatement } from './statements.js';

/** `meta` keys that say which derived tables a trace has, and of how many steps. */
export const DERIVED_VERSION_KEY = 'derived_version';
export const DERIVED_STEPS_KEY = 'derived_steps';
/** Raised whenever what is derived changes: older tables are then made again. */
export const DERIVED_VERSION = 5;

let statements: readonly SchemaStatement[] | undefined;

/** What schema/0002_derived.sql makes, in order. */
export function derivedStatements(): readonly SchemaStatement[] {
  return (statements ??= statementsOf(derivedSchemaSql()));
}

/** The same as part of a connection rather than of the file. */
export function temporary({ type, name, sql }: SchemaStatement): string {
  const head = `CREATE ${type.toUpperCase()} `;
  return `${head}temp.${name}${sql.slice(head.length + name.length)}`;
}
