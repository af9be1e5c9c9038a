/** Flows of instructions that push and pop. */
import type { Flow, MemoryPart } from './flow.js';
import { FLAG_BITS } from '../flag-bits.js';
import { computed, copy, type FlowOperands } from './operands.js';
import { Mnemonic, Register } from '../iced-names.js';
import { registerPart } from '../register-part.js';

const ALL_FLAGS = Object.values(FLAG_BITS).reduce<number>((all, bit) => all | bit, 0);
/** In the order in which PUSHA pushes them (SDM vol. 2, PUSHA). */
const PUSHED: Readonly<Record<2 | 4, readonly Register[]>> = {
  2: [
    ...[Register.AX, Register.CX, Register.DX, Register.BX],
    ...[Register.SP, Register.BP, Register.SI, Register.DI],
  ],
  4: [
    ...[Register.EAX, Register.ECX, Register.EDX, Register.EBX],
    ...[Register.ESP, Register.EBP, Register.ESI, Register.EDI],
  ],
};
const STACK_POINTER = 4;

/** The flows of an instruction that pushes or pops; undefined for others. */
export function stackFlows(operands: FlowOperands): Flow[] | undefined {
  const [read] = operands.readMemory();
  const [written] = operands.writtenMemory();
  switch (operands.instruction.mnemonic) {
    case Mnemonic.Push:
      return [...copy(written, operands.operand(0)), operands.stackPointer()];
    case Mnemonic.Pop:
      return [...copy(operands.operand(0), popped(operands)), operands.stackPointer()];
    case Mnemonic.Call:
      return [
        ...operands.writtenMemory().map((each) => computed(each, [])),
        operands.stackPointer(),
      ];
    case Mnemonic.Leave: {
      const [frame] = operands.writtenRegisters().filter(({ index }) => index === FRAME_POINTER);
      return [...copy(frame, read), operands.stackPointer(registerPart(Register.RBP))];
    }
    case Mnemonic.Enter:
      return enter(operands);
    case Mnemonic.Pusha:
    case Mnemonic.Pushad: {
      const registers = PUSHED[written?.size === 2 ? 2 : 4].map(registerPart);
      const flows = operands.writtenMemory().flatMap((each, i) => copy(each, registers[i]));
      return [...flows, operands.stackPointer()];
    }
    case Mnemonic.Popa:
    case Mnemonic.Popad: {
      // The stack pointer's place among them is skipped.
      const registers = PUSHED[read?.size === 2 ? 2 : 4]
        .filter((_, i) => i !== STACK_POINTER)
        .map(registerPart)
        .reverse();
      const flows = operands.readMemory().flatMap((each, i) => copy(registers[i], each));
      return [...flows, operands.stackPointer()];
    }
    case Mnemonic.Iret:
    case Mnemonic.Iretd:
    case Mnemonic.Iretq:
      return interruptReturn(operands);
    default:
      return undefined;
  }
}

/** rbp in the order of struct kvm_regs. */
const FRAME_POINTER = 7;

/** POP's memory operand is written; what it reads is the stack. */
function popped(operands: FlowOperands): MemoryPart | undefined {
  return operands.readMemory().find(({ memory }) => memory.stack);
}

/** Pushes rbp, then a level's frame pointers less one, then where the new frame begins. */
function enter(operands: FlowOperands): Flow[] {
  const [saved, ...display] = operands.writtenMemory();
  const levels = operands.readMemory();
  const frame = operands.writtenRegisters().filter(({ index }) => index === FRAME_POINTER);
  const pointer = operands.stackPointer();
  return [
    ...copy(saved, registerPart(Register.RBP)),
    ...display.flatMap((each, i) =>
      levels[i] === undefined ? [computed(each, pointer.sources)] : copy(each, levels[i]),
    ),
    ...frame.map((part) => computed(part, pointer.sources)),
    pointer,
  ];
}

/** From the stack come rip, cs, the flags and, where it lists them, rsp and ss. */
function interruptReturn(operands: FlowOperands): Flow[] {
  const [, code, flags, pointer, stack] = operands.readMemory();
  const flows = [
    ...copy(registerPart(Register.CS), code),
    ...copy(registerPart(Register.SS), stack),
    ...(flags === undefined ? [] : [computed({ kind: 'flags', bits: ALL_FLAGS }, [flags])]),
  ];
  const target = operands.stackPointer().target;
  return pointer === undefined
    ? [...flows, operands.stackPointer()]
    : [...flows, ...copy(target, pointer)];
}
