/** Steps as lines: number, place, bytes, disassembly, and what changed. */
import { shortPlace, type SourcePlace } from '../trace/read/source-lines.js';
import { formatSymbol } from '../trace/read/symbols.js';
import type { Interruption } from '../trace/read/events.js';
import type { StepRecord } from '../query/step-records.js';
import { describeChanges, describeInterruption, type Piece } from '../views/change-text.js';
import { hex, hexBytes } from '../base/number-text.js';
import { printable } from '../base/printable.js';
import type { Style } from './style.js';
import { shownText } from '../trace/read/syntax.js';

/** Columns grow with what is in them up to these widths; what is longer pushes the rest aside. */
interface Limits {
  readonly place: number;
  readonly bytes: number;
  readonly text: number;
}
const WIDE: Limits = { place: 28, bytes: 8 * 3 - 1, text: 36 };
const NARROW: Limits = { place: 20, bytes: 5 * 3 - 1, text: 24 };
const NARROW_COLUMNS = 120;
const GAP = '  ';

/** How steps are written. */
export interface ListingOptions {
  readonly style: Style;
  /** Wrap changes at this column; undefined: one line a step. */
  readonly columns: number | undefined;
  /** The largest step that will come: numbers are aligned for it. */
  readonly lastStep: number;
  /** Where the text of source lines is to stand with their numbers: what it is. */
  readonly sourceText?: ((place: SourcePlace) => string | undefined) | undefined;
}

/** Lays steps out. Columns keep their widths from one batch to the next, or grow. */
export class StepListing {
  readonly #style: Style;
  readonly #columns: number;
  readonly #stepWidth: number;
  readonly #limits: Limits;
  readonly #sourceText: ListingOptions['sourceText'];
  /** The source line that was last told. */
  #source = '';
  #placeWidth = 0;
  #bytesWidth = 0;
  #textWidth = 0;

  constructor({ style, columns, lastStep, sourceText }: ListingOptions) {
    this.#sourceText = sourceText;
    this.#style = style;
    this.#columns = columns ?? Number.MAX_SAFE_INTEGER;
    this.#stepWidth = String(lastStep).length;
    this.#limits = this.#columns < NARROW_COLUMNS ? NARROW : WIDE;
  }

  /** The lines of some steps. */
  lines(records: readonly StepRecord[]): string[] {
    const cells = records.map((record) => ({ record, ...cellsOf(record) }));
    for (const { place, bytes, text } of cells) {
      this.#placeWidth = grow(this.#placeWidth, place, this.#limits.place);
      this.#bytesWidth = grow(this.#bytesWidth, bytes, this.#limits.bytes);
      this.#textWidth = grow(this.#textWidth, text, this.#limits.text);
    }
    return cells.flatMap(({ record, place, bytes, text }) => {
      const { faint, place: paintPlace } = this.#style;
      const pieces = describeChanges(record);
      const columns = [
        faint(String(record.step).padStart(this.#stepWidth)),
        paintPlace(place.padEnd(this.#placeWidth)),
        faint(bytes.padEnd(this.#bytesWidth)),
        pieces.length === 0 ? text : text.padEnd(this.#textWidth),
      ];
      const width =
        this.#stepWidth +
        Math.max(place.length, this.#placeWidth) +
        Math.max(bytes.length, this.#bytesWidth) +
        Math.max(text.length, this.#textWidth) +
        3 * GAP.length;
      return [
        ...record.interruptions.map((each) => this.interruption(each)),
        ...this.#sourceLine(record.source),
        ...this.#wrap(columns.join(GAP), width, pieces),
      ];
    });
  }

  /** Where steps begin that come from another source line than those before. */
  #sourceLine(source: SourcePlace | undefined): string[] {
    const place = source === undefined ? '' : printable(shortPlace(source));
    if (place === this.#source) return [];
    this.#source = place;
    if (source === undefined) return [];
    const text = this.#sourceText?.(source);
    const told = text === undefined ? place : `${place}${GAP}${printable(text)}`;
    return [`${' '.repeat(this.#stepWidth)}${GAP}${this.#style.strong(told)}`];
  }

  /** The line of an exception or interrupt. */
  interruption(interruption: Interruption): string {
    const indent = ' '.repeat(this.#stepWidth);
    return indent + GAP + this.#style.event(`-- ${describeInterruption(interruption)} --`);
  }

  /** Changes follow on the line of their instruction if all of them fit, else on lines of theirs. */
  #wrap(head: string, headWidth: number, pieces: readonly Piece[]): string[] {
    const painted = ({ kind, text }: Piece): string => this.#style[kind](text);
    const needed = pieces.reduce((sum, { text }) => sum + GAP.length + text.length, headWidth);
    if (needed <= this.#columns) return [[head, ...pieces.map(painted)].join(GAP)];
    const lines: string[] = [head.trimEnd()];
    const indent = ' '.repeat(this.#stepWidth) + GAP;
    let width = this.#columns;
    for (const piece of pieces) {
      width += GAP.length + piece.text.length;
      if (width > this.#columns) {
        lines.push(indent + GAP + painted(piece));
        width = indent.length + GAP.length + piece.text.length;
      } else {
        lines.push(lines.pop()! + GAP + painted(piece));
      }
    }
    return lines;
  }
}

function cellsOf({ instruction, symbol }: StepRecord): {
  place: string;
  bytes: string;
  text: string;
} {
  return {
    place: symbol === undefined ? hex(instruction.address) : printable(formatSymbol(symbol)),
    bytes: hexBytes(instruction.bytes, ' '),
    text: printable(shownText(instruction)),
  };
}

function grow(width: number, text: string, limit: number): number {
  return Math.max(width, Math.min(text.length, limit));
}
