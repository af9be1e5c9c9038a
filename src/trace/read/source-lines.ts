import type { Connection, Query } from './connection.js';
import { natural, text, unsigned, WrongValueError } from './values.js';

/** A place in the source of a guest. */
export interface SourcePlace {
  /** Path, as the compiler wrote it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1; 0 where the compiler does not say. */
  readonly column: number;
}

/** A piece of code with its place; the address is where it was linked. */
export interface SourceRange extends SourcePlace {
  readonly address: bigint;
  /** In bytes. */
  readonly size: number;
}

const COLUMNS =
  'SELECT l.address, l.size, f.path, l.line, l."column" FROM source_line l JOIN source_file f ON f.id = l.file';
/** Larger traces start the cache afresh rather than growing it. */
const CACHE_LIMIT = 65_536;

/** Which source line code comes from; nothing where the trace does not say. */
export class SourceLineReader {
  /** Whether the trace has the tables. */
  readonly isThere: boolean;
  readonly #connection: Connection;
  readonly #found = new Map<bigint, SourceRange | undefined>();
  #at: Query<SourceRange> | undefined;
  #ofLine: Query<SourceRange> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    const tables = connection.query(
      'sqlite_schema',
      "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name IN ('source_file', 'source_line')",
      (row) => natural(row, 0),
    );
    this.isThere = tables.first() === 2;
  }

  /** The code that encloses an address, by where it was linked. */
  at(address: bigint): SourceRange | undefined {
    if (!this.isThere) return undefined;
    if (this.#found.has(address)) return this.#found.get(address);
    this.#at ??= this.#connection.query(
      'source_line',
      `${COLUMNS} WHERE l.address <= ? ORDER BY l.address DESC LIMIT 1`,
      decode,
    );
    const range = this.#at.first(BigInt.asIntN(64, address));
    const found = range !== undefined && address - range.address < range.size ? range : undefined;
    if (this.#found.size >= CACHE_LIMIT) this.#found.clear();
    this.#found.set(address, found);
    return found;
  }

  /**
   * The code of a line of a file, by address. A file is known by its whole path, or by the end of it, as
   * editors and compilers name the same file in several ways.
   */
  ofLine(file: string, line: number): SourceRange[] {
    if (!this.isThere) return [];
    this.#ofLine ??= this.#connection.query(
      'source_line',
      `${COLUMNS} WHERE l.line = ? ORDER BY l.address`,
      decode,
    );
    const isFile = (path: string): boolean => {
      return path === file || path.endsWith(`/${file}`) || file.endsWith(`/${path}`);
    };
    return this.#ofLine.all(line).filter((each) => isFile(each.file));
  }

  /** All of them, in order of signed addresses. */
  all(): SourceRange[] {
    if (!this.isThere) return [];
    return this.#connection.query('source_line', `${COLUMNS} ORDER BY l.address`, decode).all();
  }
}

function decode(row: Parameters<typeof natural>[0]): SourceRange {
  const size = natural(row, 1);
  if (size === 0) throw new WrongValueError('a size', row[1]);
  const [line, column] = [natural(row, 3), natural(row, 4)];
  return { address: unsigned(row, 0), size, file: text(row, 2), line, column };
}

/** `sort.c:12`: the last part of the path, for listings. */
export function shortPlace({ file, line }: SourcePlace): string {
  return `${file.slice(file.lastIndexOf('/') + 1)}:${line}`;
}
