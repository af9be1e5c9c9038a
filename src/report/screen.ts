/** A text screen as text. */
import type { Screen } from '../views/screen.js';

/** The rows, less those at the end that are empty. */
export function screenLines({ lines }: Screen): readonly string[] {
  const last = lines.findLastIndex((line) => line !== '');
  return last < 0 ? ['(the screen is empty)'] : lines.slice(0, last + 1);
}
