/** Single values of `meta`: Trace.info would count all rows for them. */
import type { Trace } from '../query/trace.js';

/** The text under a key; undefined where there is none. */
export function metaText(trace: Trace, key: string): string | undefined {
  const value = metaValue(trace, key);
  return typeof value === 'string' ? value : undefined;
}

/** The integer under a key, as the unsigned number that its 64 bits are; 0 where there is none. */
export function metaInteger(trace: Trace, key: string): bigint {
  const value = metaValue(trace, key);
  return typeof value === 'bigint' ? BigInt.asUintN(64, value) : 0n;
}

/** @param key a name as in the code: it is not quoted */
function metaValue(trace: Trace, key: string): unknown {
  return [...trace.query(`SELECT value FROM meta WHERE key = '${key}'`).rows][0]?.[0];
}
