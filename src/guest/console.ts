/** The console: CHAR16 text to the host's stdout, keys from `--port-input`. */

/** Scan codes of keys that terminals send as sequences (UEFI 2.10, table 12.6), by what follows ESC [. */
const SCAN_CODES: Readonly<Record<string, number>> = {
  ...{ A: 1, B: 2, C: 3, D: 4, H: 5, F: 6 },
  ...{ '2~': 7, '3~': 8, '5~': 9, '6~': 10 },
};
const ESCAPE_SCAN_CODE = 0x17;
const ESCAPE = '\x1b';
const COLUMNS = 80;
const ROWS = 25;
const NEWLINE = 10;
const SPACE = 32;

/** Columns and rows that the guest is told of. */
export const TEXT_SIZE = { columns: COLUMNS, rows: ROWS } as const;

/** A key stroke as UEFI has it. */
export interface Key {
  readonly scanCode: number;
  /** CHAR16; 0 for a key that has only a scan code. */
  readonly character: number;
}

interface Saved {
  readonly read: number;
  readonly column: number;
  readonly row: number;
  readonly isLineBegun: boolean;
}

/** Prints text and hands out keys. */
export class Console {
  column = 0;
  row = 0;
  readonly #keys: readonly Key[];
  readonly #write: (bytes: Uint8Array) => void;
  #read = 0;
  /** Something stands on the current line of the stream. */
  #isLineBegun = false;

  /** @param input what is typed: UTF-8, with the sequences of a terminal */
  constructor(input: Uint8Array, write: (bytes: Uint8Array) => void) {
    this.#keys = [...keysOf(Buffer.from(input).toString('utf8'))];
    this.#write = write;
  }

  print(text: string): void {
    this.#write(Buffer.from(text, 'utf8'));
    for (const character of text) {
      this.#isLineBegun = character !== '\n' && (this.#isLineBegun || character !== '\r');
      if (character === '\r') this.column = 0;
      else if (character === '\n') this.row++;
      else if (character === '\b') this.column = Math.max(0, this.column - 1);
      else this.column++;
      if (this.column === COLUMNS) {
        this.column = 0;
        this.row++;
      }
      this.row = Math.min(this.row, ROWS - 1);
    }
  }

  /** A new place on the screen: what follows is on a line of its own of the stream, indented as far. */
  moveTo(column: number, row: number): void {
    if (this.#isLineBegun) this.#write(Uint8Array.of(NEWLINE));
    this.#isLineBegun = column > 0;
    this.#write(new Uint8Array(column).fill(SPACE));
    this.column = column;
    this.row = row;
  }

  get hasKey(): boolean {
    return this.#read < this.#keys.length;
  }

  /** The key that `takeKey` would give. */
  peekKey(): Key | undefined {
    return this.#keys[this.#read];
  }

  takeKey(): Key | undefined {
    return this.hasKey ? this.#keys[this.#read++] : undefined;
  }

  save(): Saved {
    return { read: this.#read, column: this.column, row: this.row, isLineBegun: this.#isLineBegun };
  }

  restore({ read, column, row, isLineBegun }: Saved): void {
    this.#isLineBegun = isLineBegun;
    this.#read = read;
    this.column = column;
    this.row = row;
  }
}

function* keysOf(text: string): Generator<Key> {
  for (let at = 0; at < text.length; at++) {
    const sequence =
      text[at] === ESCAPE ? /^\[([A-DHF]|[2-6]~)/.exec(text.slice(at + 1, at + 4))?.[1] : undefined;
    const scanCode = sequence === undefined ? undefined : SCAN_CODES[sequence];
    if (sequence !== undefined && scanCode !== undefined) {
      yield { scanCode, character: 0 };
      at += 1 + sequence.length;
    } else if (text[at] === ESCAPE) {
      yield { scanCode: ESCAPE_SCAN_CODE, character: 0 };
    } else {
      // The Enter key is CHAR_CARRIAGE_RETURN.
      yield { scanCode: 0, character: text[at] === '\n' ? 13 : text.charCodeAt(at) };
    }
  }
}
