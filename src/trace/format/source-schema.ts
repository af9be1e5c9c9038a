/** The tables of schema/0003_source.sql, which traces of before them are without. */
import { sourceSchemaSql } from './schema.js';
import { statementsOf, type SchemaStatement } from './statements.js';

let statements: readonly SchemaStatement[] | undefined;

/** What schema/0003_source.sql makes, in order. */
export function sourceStatements(): readonly SchemaStatement[] {
  return (statements ??= statementsOf(sourceSchemaSql()));
}
