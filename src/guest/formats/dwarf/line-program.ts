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
const Standard = {
  ...{ copy: 1, advancePc: 2, advanceLine: 3, setFile: 4, setColumn: 5 },
  ...{ negateStatement: 6, constAddPc: 8, fixedAdvancePc: 9 },
} as const;
/** Extended opcodes, after a zero. */
const Extended = { endSequence: 1, setAddress: 2, defineFile: 3 } as const;

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
      case Standard.copy:
        yield machine.row();
        break;
      case Standard.advancePc:
        machine.advance(program.uleb());
        break;
      case Standard.advanceLine:
        machine.line += program.sleb();
        break;
      case Standard.setFile:
        machine.file = program.uleb();
        break;
      case Standard.setColumn:
        machine.column = program.uleb();
        break;
      case Standard.negateStatement:
        machine.isStatement = !machine.isStatement;
        break;
      case Standard.constAddPc:
        machine.advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case Standard.fixedAdvancePc:
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
  if (opcode === Extended.endSequence) row = machine.row(true);
  if (opcode === Extended.setAddress) {
    machine.address = program.address(length - 1);
    machine.operation = 0;
  }
  if (opcode === Extended.defineFile)
    header.files.push(readFile(program, program.text(), header.directories));
  program.skip(end - program.at);
  return row;
}
