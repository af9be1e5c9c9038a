import type { Side } from '../diff/side.js';
import { KvmtraceError } from '../base/errors.js';
import { queryTrace } from '../query/sql.js';
import type { SqlValue } from '../trace/read/values.js';

/** Rows shown of an assertion that fails. */
const MAX_ROWS = 5;

/**
 * What the assertions say of a trace: each row that comes back is a failure, told by its first column.
 *
 * @param onBegin told of each before it runs: SQL may never end
 */
export function failedAssertions(
  assertions: readonly string[],
  side: Side,
  onBegin: (name: string) => void,
): string[] {
  return assertions.flatMap((sql, i) => {
    const name = assertions.length === 1 ? 'assertion' : `assertion ${i + 1}`;
    onBegin(name);
    const messages: string[] = [];
    let rows = 0;
    try {
      for (const [first] of queryTrace(side.file, sql).rows) {
        if (++rows <= MAX_ROWS) messages.push(`${name}: ${valueText(first)}`);
      }
    } catch (error) {
      // Wrong SQL is the manifest's fault, and named with it.
      if (error instanceof KvmtraceError) {
        throw new KvmtraceError(`${name}: ${error.message}`, error.exitCode, { cause: error });
      }
      throw error;
    }
    if (rows > MAX_ROWS) messages.push(`${name}: and ${rows - MAX_ROWS} more rows`);
    return messages;
  });
}

function valueText(value: SqlValue | undefined): string {
  if (value === null || value === undefined) return 'NULL';
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : String(value);
}
