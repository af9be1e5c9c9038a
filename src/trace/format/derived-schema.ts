import { derivedSchemaSql } from './schema.js';
import { statementsOf, type SchemaStatement } from './statements.js';

/** `meta` keys that say which derived tables a trace has, and of how many steps. */
export const DERIVED_VERSION_KEY = 'derived_version';
/** Key of `meta` under which stands for how many steps the derived tables were made. */
export const DERIVED_STEPS_KEY = 'derived_steps';
/** Raised whenever what is derived changes: older tables are then made again. */
export const DERIVED_VERSION = 5;

/** How calls begin, as the column `call.kind` spells it. */
export const CALL_KINDS = [
  ...(['start', 'call', 'tail', 'resume', 'syscall'] as const),
  ...(['fault', 'trap', 'interrupt', 'nmi', 'software'] as const),
] as const;
/**
 * How a call came to be. `start`: what the trace begins in. `tail`: a jump to a function, which takes
 * the caller's place. `resume`: likewise, to the middle of one that is not under way here: it goes on.
 */
export type CallKind = (typeof CALL_KINDS)[number];

/** How calls end, as the column `call.ended` spells it. */
export const CALL_ENDS = ['return', 'tail', 'unwound', 'open'] as const;
/** `open`: the trace ended first. `unwound`: left without a return, as by longjmp. */
export type CallEnd = (typeof CALL_ENDS)[number];

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
