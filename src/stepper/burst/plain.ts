/**
 * Which instructions the burst loop may run: those of which everything that they change is known before
 * they run. Whatever else goes the stepper's own way.
 */
import { isAccessed, NO_REGISTER, type MemoryOperand } from '../../x86/operand.js';
import { FlagsUse, Flow, RunsOn, type InstructionClass } from '../../x86/instruction-class.js';
import { FLOW, MAX_OPERANDS, MAX_STORE_BYTES } from './layout.js';

/** Where a plain instruction goes, and the memory that it accesses. */
export interface PlainForm {
  /** FLOW. */
  readonly flow: number;
  readonly operands: readonly MemoryOperand[];
  /** Of the operand in which the target of the branch is; 0 where there is none. */
  readonly branchOperand: number;
}

/** The form of a plain instruction; undefined for any other. */
export function plainForm(instruction: InstructionClass): PlainForm | undefined {
  if (!isSimple(instruction)) return undefined;
  const operands = instruction.operands.filter(isAccessed);
  if (operands.length > MAX_OPERANDS || !operands.every(isKnown)) return undefined;
  if (operands.filter(({ writes }) => writes).length > 1) return undefined;
  switch (instruction.flow) {
    case Flow.next:
      return { flow: FLOW.NEXT, operands, branchOperand: 0 };
    case Flow.direct:
      return { flow: FLOW.DIRECT, operands, branchOperand: 0 };
    case Flow.register:
      if (instruction.branchRegister === NO_REGISTER) return undefined;
      return { flow: FLOW.REGISTER, operands, branchOperand: 0 };
    case Flow.memory:
      return throughMemory(operands, instruction.branchOperand);
    case Flow.returnNear:
      return throughMemory(
        operands,
        operands.find(({ reads }) => reads),
      );
    default:
      return undefined;
  }
}

/** No state beside general registers, flags and memory, no input, and a debug exit of its own. */
function isSimple(instruction: InstructionClass): boolean {
  return (
    instruction.valid &&
    !instruction.halts &&
    !instruction.takesNoTrap &&
    !instruction.losesTrapFlag &&
    !instruction.usesIdtr &&
    !instruction.repeats &&
    !instruction.accessesPort &&
    !instruction.system &&
    instruction.runsOn === RunsOn.never &&
    instruction.flags === FlagsUse.none &&
    instruction.effects === 0 &&
    instruction.input === undefined
  );
}

/** The loop computes addresses of registers and displacements alone. */
function isKnown({ size, byteIndex, bitOffset }: MemoryOperand): boolean {
  return size > 0 && size <= MAX_STORE_BYTES && !byteIndex && bitOffset === NO_REGISTER;
}

function throughMemory(
  operands: readonly MemoryOperand[],
  target: MemoryOperand | undefined,
): PlainForm | undefined {
  const branchOperand = target === undefined ? -1 : operands.indexOf(target);
  return branchOperand < 0 ? undefined : { flow: FLOW.MEMORY, operands, branchOperand };
}
