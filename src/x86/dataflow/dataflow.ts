/** Where the values that an instruction writes come from: what flows from which operand to which. */
import { withInfo, withInstruction, type Mode } from '../iced.js';
import type { Flow, Operand } from './flow.js';
import { FlowOperands } from './operands.js';
import { flowsOf } from './rules.js';
import type { RegisterPart } from '../register-part.js';

/** All flows of one instruction. */
export interface Dataflow {
  /** The first that writes a byte says where that byte comes from. */
  readonly flows: readonly Flow[];
  /** What is read as data, by which flow ever. */
  readonly reads: readonly Operand[];
  /** Registers that addresses of memory operands follow from. */
  readonly addressRegisters: readonly RegisterPart[];
  /** MOVS, STOS …: memory operands are as the first element has them. */
  readonly string: boolean;
  readonly repeats: boolean;
}

const NOTHING: Dataflow = {
  flows: [],
  reads: [],
  addressRegisters: [],
  string: false,
  repeats: false,
};

/** The flows of the instruction that the bytes encode; none where they encode no instruction. */
export function dataflow(bytes: Uint8Array, mode: Mode, ip: bigint): Dataflow {
  return withInstruction(bytes, mode, ip, (instruction) =>
    instruction.isInvalid
      ? NOTHING
      : withInfo(instruction, (info) => {
          const operands = new FlowOperands(instruction, info, mode);
          return {
            flows: flowsOf(operands),
            reads: operands.dataSources(),
            addressRegisters: operands.addressRegisters(),
            string: instruction.isStringInstruction,
            repeats: instruction.hasRepPrefix || instruction.hasRepnePrefix,
          };
        }),
  );
}
