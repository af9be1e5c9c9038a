/** Disassembly in parts, so that the numbers in it are known for what they are. */
import { disassembler, withInstruction, type Instruction, type Mode } from './iced.js';
import { OpKind } from './iced-names.js';

/** What a number is: where a branch goes, an offset in memory, or a value. */
export type NumberRole = 'branch' | 'displacement' | 'immediate';

/** A number of an operand, with all of its 64 bits. */
export interface WrittenNumber {
  readonly role: NumberRole;
  /**
   * Unsigned: a displacement as wide as the address, a branch's target as an offset in cs, and an
   * immediate as the instruction uses it.
   */
  readonly value: bigint;
}

/** A piece of an instruction, and the number that it writes; undefined for what is none. */
export interface WrittenPiece {
  readonly text: string;
  /** What stands before the digits: `+`, `-` or nothing. */
  readonly sign: string;
  readonly number: WrittenNumber | undefined;
}

/** The number of an operand with its sign, not the scale of an index; of far pointers the offset. */
const NUMBER = /([+-]?)(?<![\w*])(0x[0-9a-f]+)/;

const BRANCHES = new Set<OpKind>([OpKind.NearBranch16, OpKind.NearBranch32, OpKind.NearBranch64]);
const IMMEDIATES = new Set<OpKind>([
  ...[OpKind.Immediate8, OpKind.Immediate8_2nd, OpKind.Immediate16, OpKind.Immediate32],
  ...[OpKind.Immediate64, OpKind.Immediate8to16, OpKind.Immediate8to32, OpKind.Immediate8to64],
  OpKind.Immediate32to64,
  // An offset in another segment, which is an address where segments are flat.
  ...[OpKind.FarBranch16, OpKind.FarBranch32],
]);

/** The pieces of an instruction in order. Those of bytes that are no instruction name the bytes. */
export function writtenPieces(bytes: Uint8Array, mode: Mode, rip: bigint): WrittenPiece[] {
  return withInstruction(bytes, mode, rip, (instruction) =>
    instruction.isInvalid
      ? [plain(`(bad) ${Buffer.from(bytes).toString('hex')}`)]
      : piecesOf(instruction),
  );
}

function piecesOf(instruction: Instruction): WrittenPiece[] {
  const formatter = disassembler();
  const pieces = [plain(formatter.formatMnemonic(instruction))];
  const count = formatter.operandCount(instruction);
  for (let i = 0; i < count; i++) {
    pieces.push(plain(i === 0 ? ' ' : ', '));
    const operand = formatter.getInstructionOperand(instruction, i);
    const text = formatter.formatOperand(instruction, i);
    if (operand === undefined) pieces.push(plain(text));
    else pieces.push(...piecesOfOperand(instruction, operand, text));
  }
  return pieces;
}

function piecesOfOperand(instruction: Instruction, operand: number, text: string): WrittenPiece[] {
  const role = roleOf(instruction.opKind(operand));
  const found = role === undefined ? null : NUMBER.exec(text);
  if (role === undefined || found === null) return [plain(text)];
  const [whole, sign = '', digits = ''] = found;
  // What is subtracted is an address, too: `[rax*8-0x7feff000]` is a table at 0xffffffff80101000.
  const value = role === 'displacement' ? instruction.memoryDisplacement : BigInt(digits);
  return [
    plain(text.slice(0, found.index)),
    { text: whole, sign, number: { role, value: BigInt.asUintN(64, value) } },
    plain(text.slice(found.index + whole.length)),
  ];
}

function roleOf(kind: OpKind): NumberRole | undefined {
  if (BRANCHES.has(kind)) return 'branch';
  if (kind === OpKind.Memory) return 'displacement';
  return IMMEDIATES.has(kind) ? 'immediate' : undefined;
}

function plain(text: string): WrittenPiece {
  return { text, sign: '', number: undefined };
}
