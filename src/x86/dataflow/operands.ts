/** The operands of an instruction, and the flows between all of them that rules are made of. */
import { isRead, isWritten } from '../access-kind.js';
import type { FlagTest, Flow, MemoryPart, Operand } from './flow.js';
import { flagsOf } from '../flag-bits.js';
import type { Instruction, InstructionInfo, Mode, UsedRegister } from '../iced.js';
import { Mnemonic, OpKind, Register, type OpAccess } from '../iced-names.js';
import { isAccessed, memoryOperands } from '../operand.js';
import { registerPart, sameRegister, type RegisterPart } from '../register-part.js';

/** The operands of one instruction, decoded when they are asked for. */
export class FlowOperands {
  readonly instruction: Instruction;
  readonly name: string;
  readonly memory: readonly MemoryPart[];
  readonly #info: InstructionInfo;
  readonly #registers: readonly { readonly part: RegisterPart; readonly access: OpAccess }[];
  readonly #mode: Mode;

  /** Good as long as both of iced's objects are. */
  constructor(instruction: Instruction, info: InstructionInfo, mode: Mode) {
    this.instruction = instruction;
    this.name = Mnemonic[instruction.mnemonic];
    this.#info = info;
    this.#mode = mode;
    this.memory = memoryOperands(instruction, info, mode).map((memory) => ({
      kind: 'memory',
      memory,
      start: 0,
      size: memory.size,
    }));
    this.#registers = (info.usedRegisters() as UsedRegister[]).map((used) => {
      const entry = { part: registerPart(used.register), access: used.access };
      used.free();
      return entry;
    });
  }

  /** Every destination from every source. `only`: numbers of the operands that are written. */
  general(only?: readonly number[], sources: readonly Operand[] = this.dataSources()): Flow[] {
    const stack = this.instruction.isStackInstruction;
    const targets: Operand[] = [...this.writtenMemory(), ...this.writtenRegisters()];
    const flows = targets
      .filter((target) => only === undefined || this.#isOperand(target, only))
      .map((target) =>
        stack && isStackPointer(target) ? this.stackPointer() : computed(target, sources),
      );
    return [...flows, ...this.flags(sources)];
  }

  flags(sources: readonly Operand[]): Flow[] {
    const bits = flagsOf(this.instruction.rflagsModified);
    return bits === 0 ? [] : [computed({ kind: 'flags', bits }, sources)];
  }

  /** What is read as data: not what only makes up addresses. */
  dataSources(): Operand[] {
    const sources: Operand[] = this.readMemory();
    const addresses = this.addressRegisters();
    const told = new Set<string>();
    for (const { part, access } of this.#registers) {
      if (!isRead(access) || told.has(part.name)) continue;
      const forAddress =
        addresses.some((each) => sameRegister(each, part)) ||
        (this.instruction.isStackInstruction && isStackPointer(part));
      if (forAddress && !this.#isOperandRead(part)) continue;
      told.add(part.name);
      sources.push(part);
    }
    // The direction flag only says where a string goes on.
    const bits = this.instruction.isStringInstruction ? 0 : flagsOf(this.instruction.rflagsRead);
    if (bits !== 0) sources.push({ kind: 'flags', bits });
    return sources;
  }

  addressRegisters(): RegisterPart[] {
    const parts: RegisterPart[] = [];
    const { memoryBase, memoryIndex } = this.instruction;
    for (const register of new Set([memoryBase, memoryIndex])) {
      if (register === Register.None || register === Register.RIP || register === Register.EIP) {
        continue;
      }
      parts.push(registerPart(register));
    }
    return parts;
  }

  /** The stack pointer from itself, moved, or from another. */
  stackPointer(source?: Operand): Flow {
    const part = registerPart(
      this.#mode === 64 ? Register.RSP : this.#mode === 32 ? Register.ESP : Register.SP,
    );
    return computed(part, [source ?? part]);
  }

  /** A register or memory operand as written in the assembly; undefined for an immediate. */
  operand(number: number): Operand | undefined {
    switch (this.instruction.opKind(number)) {
      case OpKind.Register:
        return registerPart(this.instruction.opRegister(number));
      case OpKind.Memory:
        return this.memory.find(({ memory }) => isAccessed(memory) && !memory.stack);
      default:
        return undefined;
    }
  }

  writtenMemory(): MemoryPart[] {
    return this.memory.filter(({ memory }) => memory.writes);
  }

  readMemory(): MemoryPart[] {
    return this.memory.filter(({ memory }) => memory.reads);
  }

  writtenRegisters(): RegisterPart[] {
    return this.#registers.filter(({ access }) => isWritten(access)).map(({ part }) => part);
  }

  /** al, ax, eax or rax, if it is used. */
  get accumulator(): RegisterPart | undefined {
    return this.#registers.find(({ part }) => part.family === 'general' && part.index === 0)?.part;
  }

  /** The last two operands are the same register. */
  get sameOperands(): boolean {
    const { instruction } = this;
    const last = instruction.opCount - 1;
    return (
      last > 0 &&
      instruction.opKind(last) === OpKind.Register &&
      instruction.opKind(last - 1) === OpKind.Register &&
      instruction.opRegister(last) === instruction.opRegister(last - 1)
    );
  }

  #isOperand(target: Operand, numbers: readonly number[]): boolean {
    return numbers.some((number) => {
      const operand = this.operand(number);
      if (operand?.kind === 'register' && target.kind === 'register') {
        return sameRegister(operand, target);
      }
      return operand === target;
    });
  }

  #isOperandRead(part: RegisterPart): boolean {
    const { instruction } = this;
    for (let i = 0; i < instruction.opCount; i++) {
      if (instruction.opKind(i) !== OpKind.Register) continue;
      const operand = registerPart(instruction.opRegister(i));
      if (sameRegister(operand, part) && isRead(this.#info.opAccess(i))) return true;
    }
    return false;
  }
}

function isStackPointer(operand: Operand): boolean {
  return operand.kind === 'register' && operand.family === 'general' && operand.index === 6;
}

/** A flow that computes the target from all of the sources, somehow. */
export function computed(target: Operand, sources: readonly Operand[]): Flow {
  return { kind: 'computed', target, sources, when: undefined };
}

/** Without a target there is no flow; without a source it is an immediate. */
export function copy(
  target: Operand | undefined,
  source: Operand | undefined,
  when?: FlagTest,
): Flow[] {
  if (target === undefined) return [];
  return source === undefined
    ? [{ kind: 'computed', target, sources: [], when }]
    : [{ kind: 'copy', target, sources: [source], when }];
}

/** The target stays as it is, but for the upper half that a write of 32 bits clears. */
export function kept(target: Operand | undefined, when: FlagTest): Flow[] {
  return target === undefined ? [] : [{ kind: 'kept', target, sources: [target], when }];
}
