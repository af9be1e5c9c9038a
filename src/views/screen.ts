/** The text screen of a PC as a state has it: page 0 of VGA text memory. */
import { glyph437 } from '../base/code-page-437.js';
import { hex } from '../base/number-text.js';
import { inputError } from '../base/errors.js';
import type { State } from '../query/state.js';

/** VGA text memory: a character and its attribute by turns, row by row. */
const TEXT_GPA = 0xb8000;
const COLUMNS = 80;
const ROWS = 25;

/** What is on the screen. */
export interface Screen {
  readonly step: number;
  readonly columns: number;
  readonly rows: number;
  /** A line a row, without blanks at its end. */
  readonly lines: readonly string[];
  /** Attributes (background and blinking in the upper half, foreground in the lower), a list a row. */
  readonly attributes: readonly (readonly number[])[];
}

/**
 * Mode 3, 80 × 25 characters, wherever the guest has set its adapter to: traces do not say.
 *
 * @throws KvmtraceError (exit code 2) where the guest has no memory there
 */
export function screenOf(state: State): Screen {
  const { bytes, fault } = state.readPhysical(TEXT_GPA, 2 * COLUMNS * ROWS);
  if (fault !== undefined) {
    throw inputError(
      `The guest has no memory at ${hex(TEXT_GPA)}, where the text screen of a PC is: record it with --memory 1M or more.`,
    );
  }
  const rows = Array.from({ length: ROWS }, (_, row) =>
    bytes.subarray(2 * COLUMNS * row, 2 * COLUMNS * (row + 1)),
  );
  return {
    step: state.step,
    columns: COLUMNS,
    rows: ROWS,
    lines: rows.map((row) => every(row, 0).map(glyph437).join('').trimEnd()),
    attributes: rows.map((row) => every(row, 1)),
  };
}

/** Every second byte. */
function every(row: Uint8Array, first: 0 | 1): number[] {
  return [...row.filter((_, index) => index % 2 === first)];
}
