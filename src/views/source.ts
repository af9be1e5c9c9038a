/** Places in the source of a guest, as text and as JSON. */
import type { Jsonable } from '../base/json.js';
import { printable } from '../base/printable.js';
import { shortPlace, type SourcePlace } from '../trace/read/source-lines.js';

/** ` (sort.c:12)`, or nothing where the trace does not say. */
export function sourceText(source: SourcePlace | undefined): string {
  return source === undefined ? '' : ` (${printable(shortPlace(source))})`;
}

/** Path, line and column; null where the trace does not say. */
export function sourceJson(source: SourcePlace | undefined): Jsonable {
  if (source === undefined) return null;
  const { file, line, column } = source;
  return { file, line, column: column === 0 ? null : column };
}
