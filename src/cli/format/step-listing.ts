/** Steps as lines: number, place, bytes, disassembly, and what changed. */
import { formatSymbol } from '../../trace/reader/symbols.js';
import type { Interruption } from '../../trace/reader/events.js';
import type { StepRecord } from '../../replay/step-records.js';
import { describeChanges, describeInterruption, type Piece } from './change-text.js';
import { hex, hexBytes } from './numbers.js';
import { printable } from './printable.js';
import type { Style } from './style.js';

/** Columns grow with what is in them up to these widths; what is longer pushes the rest aside. */
const MAX_PLACE_WIDTH = 28;
const MAX_BYTES_WIDTH = 8 * 3 - 1;
const MAX_TEXT_WIDTH = 36;
/** Changes begin on the line of their instruction if this much room is left for them. */
const MIN_ROOM = 16;
const GAP = '  ';

export interface ListingOptions {
  readonly style: Style;
  /** Wrap changes at this column; undefined: one line a step. */
  readonly columns: number | undefined;
  /** The largest step that will come: numbers are aligned for it. */
  readonly lastStep: number;
}

/** Lays steps out. Columns keep their widths from one batch to the next, or grow. */
export class StepListing {
  readonly #style: Style;
  readonly #columns: number;
  readonly #stepWidth: number;
  #placeWidth = 0;
  #bytesWidth = 0;
  #textWidth = 0;

  constructor({ style, columns, lastStep }: ListingOptions) {
    this.#style = style;
    this.#columns = columns ?? Number.MAX_SAFE_INTEGER;
    this.#stepWidth = String(lastStep).length;
  }

  /** The lines of some steps. */
  lines(records: readonly StepRecord[]): string[] {
    const cells = records.map((record) => ({ record, ...cellsOf(record) }));
    for (const { place, bytes, text } of cells) {
      this.#placeWidth = grow(this.#placeWidth, place, MAX_PLACE_WIDTH);
      this.#bytesWidth = grow(this.#bytesWidth, bytes, MAX_BYTES_WIDTH);
      this.#textWidth = grow(this.#textWidth, text, MAX_TEXT_WIDTH);
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
        ...this.#wrap(columns.join(GAP), width, pieces),
      ];
    });
  }

  /** The line of an exception or interrupt. */
  interruption(interruption: Interruption): string {
    const indent = ' '.repeat(this.#stepWidth);
    return indent + GAP + this.#style.event(`-- ${describeInterruption(interruption)} --`);
  }

  #wrap(head: string, headWidth: number, pieces: readonly Piece[]): string[] {
    if (pieces.length === 0) return [head];
    const indent = ' '.repeat(this.#stepWidth) + GAP + GAP;
    const lines: string[] = [];
    let line = head;
    let width = headWidth;
    // A crowded first line holds no changes at all: they read better together.
    let mayAppend = headWidth + MIN_ROOM <= this.#columns;
    for (const { kind, text } of pieces) {
      if (!mayAppend || width + GAP.length + text.length > this.#columns) {
        lines.push(line.trimEnd());
        line = indent + this.#style[kind](text);
        width = indent.length + text.length;
      } else {
        line += GAP + this.#style[kind](text);
        width += GAP.length + text.length;
      }
      mayAppend = true;
    }
    lines.push(line);
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
    text: printable(instruction.text),
  };
}

function grow(width: number, text: string, limit: number): number {
  return Math.max(width, Math.min(text.length, limit));
}
