/** Line-number programs (DWARF 5, 6.2): a table of addresses and source lines, written as a program. */
import { DwarfError } from './cursor.js';
import { readFile, type LineHeader } from './line-header.js';

/** A row of the table: from this address on up to that of the next row, code is of this line. */
export interface LineRow {
  readonly address: bigint;
  /** Undefined where the program names a file that there is not. */
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  readonly isStatement: boolean;
  /** The first address after a sequence: no code is there. */
  readonly endSequence: boolean;
}

/** Standard opcodes (7.22). */
const COPY = 1;
const ADVANCE_PC = 2;
const ADVANCE_LINE = 3;
const SET_FILE = 4;
const SET_COLUMN = 5;
const NEGATE_STATEMENT = 6;
const CONST_ADD_PC = 8;
const FIXED_ADVANCE_PC = 9;
/** Extended opcodes, after a zero. */
const END_SEQUENCE = 1;
const SET_ADDRESS = 2;
const DEFINE_FILE = 3;

/** The registers of the machine that runs a program (6.2.2). */
class LineMachine {
  address = 0n;
  operation = 0;
  file = 1;
  line = 1;
  column = 0;
  isStatement: boolean;
  readonly #header: LineHeader;

  constructor(header: LineHeader) {
    this.#header = header;
    this.isStatement = header.defaultIsStatement;
  }

  /** Advances the address by operations, of which an instruction has several on some processors (6.2.5.1). */
  advance(operations: number): void {
    const { minimumInstructionLength, maximumOperations } = this.#header;
    if (maximumOperations <= 1) {
      this.address += BigInt(minimumInstructionLength * operations);
      return;
    }
    const sum = this.operation + operations;
    this.address += BigInt(minimumInstructionLength * Math.floor(sum / maximumOperations));
    this.operation = sum % maximumOperations;
  }

  row(endSequence = false): LineRow {
    const { address, line, column, isStatement } = this;
    const file = this.#header.files[this.file];
    return { address: BigInt.asUintN(64, address), file, line, column, isStatement, endSequence };
  }
}

/** The rows of a program, in its order; what is wrong with it is a DwarfError. */
export function* lineRows(header: LineHeader): Generator<LineRow> {
  const { program, opcodeBase, lineBase, lineRange, operandCounts } = header;
  let machine = new LineMachine(header);
  while (program.at < program.end) {
    const opcode = program.unsigned(1);
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      machine.advance(Math.floor(adjusted / lineRange));
      machine.line += lineBase + (adjusted % lineRange);
      yield machine.row();
      continue;
    }
    switch (opcode) {
      case 0: {
        const ended = extended(header, machine);
        if (ended !== undefined) {
          yield ended;
          machine = new LineMachine(header);
        }
        break;
      }
      case COPY:
        yield machine.row();
        break;
      case ADVANCE_PC:
        machine.advance(program.uleb());
        break;
      case ADVANCE_LINE:
        machine.line += program.sleb();
        break;
      case SET_FILE:
        machine.file = program.uleb();
        break;
      case SET_COLUMN:
        machine.column = program.uleb();
        break;
      case NEGATE_STATEMENT:
        machine.isStatement = !machine.isStatement;
        break;
      case CONST_ADD_PC:
        machine.advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case FIXED_ADVANCE_PC:
        machine.address += BigInt(program.unsigned(2));
        machine.operation = 0;
        break;
      default:
        // Marks of prologues and such, and what later versions add: their operands are known.
        for (let i = 0; i < operandCounts[opcode - 1]!; i++) program.uleb();
    }
  }
}

/** The last row of a sequence, if the opcode ends one. */
function extended(header: LineHeader, machine: LineMachine): LineRow | undefined {
  const { program } = header;
  const length = program.uleb();
  const end = program.at + length;
  if (length === 0) return undefined;
  if (end > program.end) throw new DwarfError('is cut short');
  const opcode = program.unsigned(1);
  let row: LineRow | undefined;
  if (opcode === END_SEQUENCE) row = machine.row(true);
  if (opcode === SET_ADDRESS) {
    machine.address = program.address(length - 1);
    machine.operation = 0;
  }
  if (opcode === DEFINE_FILE)
    header.files.push(readFile(program, program.text(), header.directories));
  program.skip(end - program.at);
  return row;
}
