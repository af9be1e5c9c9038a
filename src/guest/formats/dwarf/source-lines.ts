/** Which source line each piece of code comes from, as an ELF's debugging information says. */
import { Cursor, DwarfError } from './cursor.js';
import { readLineHeader, type LineSections } from './line-header.js';
import { lineRows, type LineRow } from './line-program.js';

/** Code of one source line: `size` bytes from a linear address on. */
export interface SourceLine {
  /** Where it was linked. */
  readonly address: bigint;
  readonly size: number;
  /** Path of the source, as the compiler wrote it. */
  readonly file: string;
  /** From 1; column 0 where the compiler does not say. */
  readonly line: number;
  readonly column: number;
}

/** The source lines of a guest. */
export interface SourceLines {
  /** By address; none overlaps another. */
  readonly lines: readonly SourceLine[];
  /** Why some are missing: what is wrong with the information, for a sentence. */
  readonly lost: string | undefined;
}

/** All rows of all programs of a section, in order. */
export function* allLineRows(sections: LineSections): Generator<LineRow> {
  for (let offset = 0; offset < sections.line.length;) {
    const header = readLineHeader(sections, offset);
    yield* lineRows(header);
    offset = header.next;
  }
}

/**
 * The lines of a section. Where a program is damaged, those of the others are there all the same.
 *
 * @param isCode whether the file has code at an address: linkers leave the lines of functions behind that
 *   they removed, at addresses such as 0
 */
export function readSourceLines(
  sections: LineSections,
  isCode: (address: bigint) => boolean,
): SourceLines {
  const lines: SourceLine[] = [];
  let lost: string | undefined;
  for (let offset = 0; offset < sections.line.length;) {
    try {
      offset = addProgram(sections, offset, isCode, lines);
    } catch (error) {
      if (!(error instanceof DwarfError)) throw error;
      lost ??= error.message;
      const next = nextProgram(sections.line, offset);
      if (next === undefined) break;
      offset = next;
    }
  }
  return { lines: apart(lines), lost };
}

function addProgram(
  sections: LineSections,
  offset: number,
  isCode: (address: bigint) => boolean,
  lines: SourceLine[],
): number {
  const header = readLineHeader(sections, offset);
  let last: LineRow | undefined;
  let isKept = false;
  for (const row of lineRows(header)) {
    if (last === undefined) isKept = isCode(row.address);
    else if (isKept && row.address > last.address && last.file !== undefined && last.line > 0) {
      add(lines, last, Number(row.address - last.address));
    }
    last = row.endSequence ? undefined : row;
  }
  return header.next;
}

/** Pieces of one line that follow one another are one. */
function add(lines: SourceLine[], { address, file, line, column }: LineRow, size: number): void {
  const before = lines.at(-1);
  const isSame =
    before?.file === file &&
    before?.line === line &&
    before.address + BigInt(before.size) === address;
  if (before !== undefined && isSame)
    lines[lines.length - 1] = { ...before, size: before.size + size };
  else lines.push({ address, size, file: file!, line, column });
}

/** Where the next program would begin, by the length of this one alone. */
function nextProgram(section: Uint8Array, offset: number): number | undefined {
  try {
    const cursor = new Cursor(section, offset);
    const short = cursor.unsigned(4);
    const length = short === 0xffff_ffff ? cursor.offset(8) : short;
    const next = cursor.at + length;
    return next > offset && next < section.length ? next : undefined;
  } catch {
    return undefined;
  }
}

/** In order; of those that overlap, which no compiler writes for code, the first stays. */
function apart(lines: readonly SourceLine[]): SourceLine[] {
  const sorted = lines.toSorted((a, b) =>
    a.address < b.address ? -1 : Number(a.address > b.address),
  );
  const kept: SourceLine[] = [];
  let end = 0n;
  for (const line of sorted) {
    if (line.address < end) continue;
    kept.push(line);
    end = line.address + BigInt(line.size);
  }
  return kept;
}
