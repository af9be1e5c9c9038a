/** Where the values that an instruction writes come from: what flows from which operand to which. */
import { withInfo, withInstruction, type Mode } from '../iced.js';
import { FlowOperands } from './operands.js';
import { flowsOf } from './rules.js';
import type { MemoryOperand } from '../operand.js';
import type { RegisterPart } from '../register-part.js';

export type Operand = RegisterPart | MemoryPart | { readonly kind: 'flags'; readonly bits: number };

/** `size` bytes of a memory operand, from its byte `start` on. */
export interface MemoryPart {
  readonly kind: 'memory';
  readonly memory: MemoryOperand;
  readonly start: number;
  readonly size: number;
}

/**
 * `copy`: byte i of the target is byte i of the only source; bytes beyond its size are zero. `kept`:
 * the same, of the target itself, so that it is as it was. `computed`: somehow of all the sources.
 */
export type FlowKind = 'copy' | 'kept' | 'computed';

export interface Flow {
  readonly kind: FlowKind;
  readonly target: Operand;
  /** Empty where the value is a constant or comes from outside. */
  readonly sources: readonly Operand[];
  /** It is so only if this holds; undefined: always. */
  readonly when: FlagTest | undefined;
}

/** A condition on the flags that a step finds, or on those that it leaves. */
export interface FlagTest {
  readonly at: 'before' | 'after';
  readonly holds: (rflags: number) => boolean;
}

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
