/** The header of a line-number program (DWARF 2 to 4, 6.2.4; DWARF 5, 6.2.4): its numbers and its files. */
import { hex } from '../../../base/number-text.js';
import { Cursor, DwarfError } from './cursor.js';

/** The sections that a line-number program takes text from. */
export interface LineSections {
  readonly line: Uint8Array;
  /** `.debug_line_str` and `.debug_str`, of DWARF 5. */
  readonly lineStrings: Uint8Array | undefined;
  readonly strings: Uint8Array | undefined;
}

/** The header of one line-number program, decoded. */
export interface LineHeader {
  readonly version: number;
  readonly minimumInstructionLength: number;
  readonly maximumOperations: number;
  readonly defaultIsStatement: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** How many operands each standard opcode has; the first entry is of opcode 1. */
  readonly operandCounts: readonly number[];
  /** Paths by the number that programs use for them: from 0 in DWARF 5, from 1 before. */
  readonly files: (string | undefined)[];
  readonly directories: readonly string[];
  /** The program itself. */
  readonly program: Cursor;
  /** Offset in the section of the next program. */
  readonly next: number;
}

const Version = { first: 2, last: 5 } as const;
/** An initial length that says that lengths and offsets have eight bytes (7.4). */
const DWARF_64 = 0xffff_ffff;
/** Content types of DWARF 5 (7.22). */
const Content = { path: 1, directory: 2 } as const;
/** Files of one unit: a bound on memory. */
const MAX_ENTRIES = 1 << 20;

/** Reads the header at an offset; what is wrong with it is a DwarfError. */
export function readLineHeader(sections: LineSections, offset: number): LineHeader {
  const start = new Cursor(sections.line, offset);
  const short = start.unsigned(4);
  const width = short === DWARF_64 ? 8 : 4;
  const length = short === DWARF_64 ? start.offset(8) : short;
  const next = start.at + length;
  const cursor = new Cursor(sections.line, start.at, next);
  const version = cursor.unsigned(2);
  if (version < Version.first || version > Version.last) {
    throw new DwarfError(`has line numbers of DWARF ${version}`);
  }
  // Sizes of addresses and selectors, which only tables of DWARF 5 have.
  if (version >= 5) cursor.skip(2);
  const headerLength = cursor.offset(width);
  const program = cursor.at + headerLength;
  const minimumInstructionLength = cursor.unsigned(1);
  const maximumOperations = version >= 4 ? cursor.unsigned(1) : 1;
  const defaultIsStatement = cursor.unsigned(1) !== 0;
  const lineBase = (cursor.unsigned(1) << 24) >> 24;
  const lineRange = cursor.unsigned(1);
  const opcodeBase = cursor.unsigned(1);
  if (lineRange === 0 || opcodeBase === 0) throw new DwarfError('has a line range of 0');
  const operandCounts = Array.from({ length: opcodeBase - 1 }, () => cursor.unsigned(1));
  const names = version >= 5 ? namesOf5(cursor, sections, width) : namesBefore5(cursor);
  return {
    ...{ version, minimumInstructionLength, maximumOperations, defaultIsStatement },
    ...{ lineBase, lineRange, opcodeBase, operandCounts, next, ...names },
    program: new Cursor(sections.line, program, next),
  };
}

type Names = Pick<LineHeader, 'files' | 'directories'>;

/** Directory 0 is that of the compilation, which `.debug_info` has. */
function namesBefore5(cursor: Cursor): Names {
  const directories = [''];
  for (let name = cursor.text(); name !== ''; name = cursor.text()) directories.push(name);
  const files: (string | undefined)[] = [undefined];
  for (let name = cursor.text(); name !== ''; name = cursor.text()) {
    files.push(readFile(cursor, name, directories));
  }
  return { files, directories };
}

/** The entry of a file before DWARF 5, after its name: directory, time, length. */
export function readFile(cursor: Cursor, name: string, directories: readonly string[]): string {
  const directory = directories[cursor.uleb()];
  cursor.uleb();
  cursor.uleb();
  return joined(directory, name);
}

function namesOf5(cursor: Cursor, sections: LineSections, width: 4 | 8): Names {
  const directories = entries(cursor, sections, width).map(({ name }) => name);
  const compilation = directories[0];
  const absolute = directories.map((each) => joined(compilation, each));
  const files = entries(cursor, sections, width).map(({ name, directory }) =>
    joined(absolute[directory], name),
  );
  return { directories: absolute, files };
}

interface Entry {
  readonly name: string;
  readonly directory: number;
}

/** A table of directories or files, which says itself what its entries are made of. */
function entries(cursor: Cursor, sections: LineSections, width: 4 | 8): Entry[] {
  const formats = Array.from({ length: cursor.unsigned(1) }, () => {
    return { content: cursor.uleb(), form: cursor.uleb() };
  });
  const count = cursor.uleb();
  if (count > MAX_ENTRIES) throw new DwarfError(`names ${count} files`);
  return Array.from({ length: count }, () => {
    let name = '';
    let directory = 0;
    for (const { content, form } of formats) {
      const value = formValue(cursor, form, sections, width);
      if (content === Content.path && typeof value === 'string') name = value;
      if (content === Content.directory && typeof value === 'number') directory = value;
    }
    return { name, directory };
  });
}

/** The value of an attribute of one of the forms that these tables use (7.5.6). */
function formValue(
  cursor: Cursor,
  form: number,
  { lineStrings, strings }: LineSections,
  width: 4 | 8,
): string | number {
  switch (form) {
    case 0x08: // DW_FORM_string
      return cursor.text();
    case 0x1f: // DW_FORM_line_strp
      return textAt(lineStrings, cursor.offset(width));
    case 0x0e: // DW_FORM_strp
      return textAt(strings, cursor.offset(width));
    case 0x0b: // DW_FORM_data1
      return cursor.unsigned(1);
    case 0x05: // DW_FORM_data2
      return cursor.unsigned(2);
    case 0x06: // DW_FORM_data4
      return cursor.unsigned(4);
    case 0x0f: // DW_FORM_udata
      return cursor.uleb();
    case 0x07: // DW_FORM_data8
      cursor.skip(8);
      return 0;
    case 0x1e: // DW_FORM_data16: an MD5
      cursor.skip(16);
      return 0;
    case 0x09: // DW_FORM_block
      cursor.skip(cursor.uleb());
      return 0;
    default:
      throw new DwarfError(`has names of form ${hex(form)}`);
  }
}

function textAt(section: Uint8Array | undefined, offset: number): string {
  if (section === undefined) throw new DwarfError('has no section of its names');
  return new Cursor(section, offset).text();
}

/** A path in a directory; one that begins at the root stays. */
function joined(directory: string | undefined, name: string): string {
  if (directory === undefined || directory === '' || name.startsWith('/')) return name;
  if (name === '' || name === directory) return directory;
  return `${directory}/${name}`;
}
