/** SQL of the user's, with everything that it may name there by the time it runs. */
import type { DerivedPart } from '../derive/derive.js';
import { ensureDerived } from '../derive/index-trace.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { MissingTableError, type QueryResult } from '../trace/read/sql/user-query.js';
import { callsStateFunctions, stateFunctions } from './state-functions.js';

const PARTS: Readonly<Record<string, DerivedPart>> = {
  call: 'calls',
  function_steps: 'calls',
  instruction_steps: 'executions',
  execution_mark: 'executions',
  access_run: 'accesses',
  memory_access: 'accesses',
  efi_call: 'efi',
};

/**
 * Runs one statement that reads. Derived tables that the trace does not hold are made for as long as
 * it is open.
 *
 * @param onDerive told before that: it goes through all steps
 * @throws KvmtraceError (exit code 2) for SQL that writes or has errors, also while iterating
 */
export function queryTrace(file: TraceFile, sql: string, onDerive?: () => void): QueryResult {
  const functions = callsStateFunctions(sql) ? stateFunctions(file.again()) : [];
  const ensure = (): void => {
    const missing = partsIn(sql).filter((part) => !file.derived.has(part));
    if (missing.length > 0) onDerive?.();
    for (const part of missing) ensureDerived(file, part);
  };
  // Tables made for another question are there, and those of other parts are empty; those that another
  // version left in the file may say what is not so.
  if (file.derived.hasTemporary || file.derived.outdated) ensure();
  try {
    return file.query(sql, functions);
  } catch (error) {
    if (!(error instanceof MissingTableError)) throw error;
    ensure();
    return file.query(sql, functions);
  }
}

/** The parts whose tables the SQL has the names of: perhaps in a text or as a column, which is rare. */
function partsIn(sql: string): DerivedPart[] {
  const words = new Set(sql.toLowerCase().match(/\w+/g));
  const parts = Object.entries(PARTS).flatMap(([table, part]) => (words.has(table) ? [part] : []));
  return [...new Set(parts)];
}
