/** Instructions in the listings of a comparison. */
import { printable } from '../../base/printable.js';
import { fit } from '../layout.js';

/** Columns of an instruction in front of its source line. */
const CODE = 30;

/** The instruction, and its source line where there is one. */
export function codeText({
  text,
  source,
}: {
  readonly text: string;
  readonly source: string;
}): string {
  return source === '' ? printable(text) : `${fit(printable(text), CODE)}  ${printable(source)}`;
}
