import type { TraceHeader } from '../write/header.js';

/** How a 64-bit integer is written. */
const INTEGER = '$integer';

/** A header as JSON, without what the guest is given to read. */
export function headerJson(header: TraceHeader): string {
  return JSON.stringify({ ...header, portInput: undefined }, (_key, value: unknown) =>
    typeof value === 'bigint' ? { [INTEGER]: String(value) } : value,
  );
}

/** What `headerJson` wrote. */
export function parseHeader(json: string, portInput: Uint8Array): TraceHeader {
  const header = JSON.parse(json, (_key, value: unknown) => {
    const isInteger = typeof value === 'object' && value !== null && INTEGER in value;
    return isInteger ? BigInt((value as Record<string, string>)[INTEGER]!) : value;
  }) as TraceHeader;
  return { ...header, portInput };
}
