/** Where the values that an instruction writes come from: what flows from which operand to which. */
import {
  Mnemonic,
  OpAccess,
  OpKind,
  Register,
  withInfo,
  withInstruction,
  type Instruction,
  type InstructionInfo,
  type Mode,
  type UsedRegister,
} from './iced.js';
import { flagsOf } from './flag-bits.js';
import { isAccessed, isRead, isWritten } from './access-kind.js';
import { memoryOperands, type MemoryOperand } from './operand.js';
import { registerPart, type RegisterPart } from './register-part.js';

export type Operand =
  | RegisterPart
  | { readonly kind: 'memory'; readonly memory: MemoryOperand; readonly size: number }
  | { readonly kind: 'flags'; readonly bits: number };

export interface Flow {
  readonly target: Operand;
  /** Empty where the value is a constant or comes from outside. */
  readonly sources: readonly Operand[];
  /** Byte i of the target is byte i of the only source; bytes beyond its size are zero. */
  readonly copy: boolean;
}

export interface Dataflow {
  readonly flows: readonly Flow[];
  /** Registers that addresses of memory operands follow from. */
  readonly addressRegisters: readonly RegisterPart[];
  /** MOVS, STOS …: memory operands are as the first element has them. */
  readonly string: boolean;
  readonly repeats: boolean;
}

const NOTHING: Dataflow = { flows: [], addressRegisters: [], string: false, repeats: false };

export function dataflow(bytes: Uint8Array, mode: Mode, ip: bigint): Dataflow {
  return withInstruction(bytes, mode, ip, (instruction) =>
    instruction.isInvalid
      ? NOTHING
      : withInfo(instruction, (info) => new Flows(instruction, info, mode).all()),
  );
}

/** `mov` and its kin: the first operand becomes the second. */
const COPIES =
  /^(?:Mov|Movzx|Movsxd?|Cmov\w+|Movnti|V?Mov(?:aps|apd|ups|upd|dqa|dqu|d|q|ntdq|ntps|ntpd|ntdqa)|V?Lddqu)$/;
const SIGN_EXTENDS = new Set<Mnemonic>([Mnemonic.Movsx, Mnemonic.Movsxd]);
/** With a register and itself, these make zero. */
const ZEROING = new Set<Mnemonic>([
  Mnemonic.Xor, Mnemonic.Sub, Mnemonic.Pxor, Mnemonic.Xorps, Mnemonic.Xorpd, Mnemonic.Vpxor,
]); // prettier-ignore

class Flows {
  readonly #instruction: Instruction;
  readonly #info: InstructionInfo;
  readonly #memory: readonly Extract<Operand, { kind: 'memory' }>[];
  readonly #registers: readonly { readonly part: RegisterPart; readonly access: OpAccess }[];
  readonly #mode: Mode;

  constructor(instruction: Instruction, info: InstructionInfo, mode: Mode) {
    this.#instruction = instruction;
    this.#info = info;
    this.#mode = mode;
    this.#memory = memoryOperands(instruction, info, mode).map((memory) => ({
      kind: 'memory',
      memory,
      size: memory.size,
    }));
    this.#registers = (info.usedRegisters() as UsedRegister[]).map((used) => {
      const entry = { part: registerPart(used.register), access: used.access };
      used.free();
      return entry;
    });
  }

  all(): Dataflow {
    const instruction = this.#instruction;
    return {
      flows: this.#special() ?? this.#general(),
      addressRegisters: this.#addressRegisters(),
      string: instruction.isStringInstruction,
      repeats: instruction.hasRepPrefix || instruction.hasRepnePrefix,
    };
  }

  /** Instructions of which it is known what goes where. */
  #special(): Flow[] | undefined {
    const instruction = this.#instruction;
    const { mnemonic } = instruction;
    const name = Mnemonic[mnemonic];
    if (instruction.isStringInstruction) return this.#string(name);
    if (COPIES.test(name)) return [this.#copy(this.#operand(0), this.#operand(1))];
    switch (mnemonic) {
      case Mnemonic.Push:
        return [this.#copy(this.#written(), this.#operand(0)), this.#stackPointer()];
      case Mnemonic.Pop:
        return [this.#copy(this.#operand(0), this.#read()), this.#stackPointer()];
      case Mnemonic.Call:
        return [{ target: this.#written()!, sources: [], copy: false }, this.#stackPointer()];
      case Mnemonic.Xchg:
        return [
          this.#copy(this.#operand(0), this.#operand(1)),
          this.#copy(this.#operand(1), this.#operand(0)),
        ];
      case Mnemonic.Xadd:
        return [this.#copy(this.#operand(1), this.#operand(0)), ...this.#general([0])];
      case Mnemonic.Cmpxchg: {
        const accumulator = this.#registers.find(
          ({ part }) => part.family === 'general' && part.index === 0,
        )?.part;
        return [
          this.#copy(this.#operand(0), this.#operand(1)),
          this.#copy(accumulator, this.#operand(0)),
          ...this.#flags(this.#dataSources()),
        ];
      }
      case Mnemonic.Lea:
        return [{ target: this.#operand(0)!, sources: this.#addressRegisters(), copy: false }];
      case Mnemonic.Leave:
        return this.#general();
      default:
        return ZEROING.has(mnemonic) && this.#sameOperands()
          ? this.#general(undefined, [])
          : undefined;
    }
  }

  #string(name: string): Flow[] {
    const kind = name.slice(0, 4);
    const accumulator = this.#registers.find(
      ({ part }) => part.family === 'general' && part.index === 0,
    )?.part;
    const pointers = this.#registers
      .filter(({ part, access }) => part !== accumulator && isWritten(access))
      .map(({ part }): Flow => ({ target: part, sources: [part], copy: false }));
    switch (kind) {
      case 'Movs':
        return [this.#copy(this.#written(), this.#read()), ...pointers];
      case 'Stos':
        return [this.#copy(this.#written(), accumulator), ...pointers];
      case 'Lods':
        return [this.#copy(accumulator, this.#read()), ...pointers];
      default: {
        const written = this.#written();
        const stored: Flow[] =
          written === undefined ? [] : [{ target: written, sources: [], copy: false }];
        return [...stored, ...this.#flags(this.#dataSources()), ...pointers];
      }
    }
  }

  /** Every destination from every source. `only`: numbers of the operands that are written. */
  #general(only?: readonly number[], given?: readonly Operand[]): Flow[] {
    const sources = given ?? this.#dataSources();
    const stack = this.#instruction.isStackInstruction;
    const targets: Operand[] = [
      ...this.#memory.filter(({ memory }) => memory.writes),
      ...this.#registers.filter(({ access }) => isWritten(access)).map(({ part }) => part),
    ];
    const flows = targets
      .filter((target) => only === undefined || this.#isOperand(target, only))
      .map((target): Flow =>
        stack && isStackPointer(target) ? this.#stackPointer() : { target, sources, copy: false },
      );
    return [...flows, ...this.#flags(sources)];
  }

  #flags(sources: readonly Operand[]): Flow[] {
    const bits = flagsOf(this.#instruction.rflagsModified);
    return bits === 0 ? [] : [{ target: { kind: 'flags', bits }, sources, copy: false }];
  }

  /** What is read as data: not what only makes up addresses. */
  #dataSources(): Operand[] {
    const sources: Operand[] = this.#memory.filter(({ memory }) => memory.reads);
    const addresses = this.#addressRegisters();
    for (const { part, access } of this.#registers) {
      if (!isRead(access)) continue;
      const forAddress =
        addresses.some((each) => each.family === part.family && each.index === part.index) ||
        (this.#instruction.isStackInstruction && isStackPointer(part));
      if (!forAddress || this.#isOperandRead(part)) sources.push(part);
    }
    const bits = flagsOf(this.#instruction.rflagsRead);
    if (bits !== 0) sources.push({ kind: 'flags', bits });
    return sources;
  }

  #addressRegisters(): RegisterPart[] {
    const parts: RegisterPart[] = [];
    const { memoryBase, memoryIndex } = this.#instruction;
    for (const register of [memoryBase, memoryIndex]) {
      if (register === Register.None || register === Register.RIP || register === Register.EIP) {
        continue;
      }
      parts.push(registerPart(register));
    }
    return parts;
  }

  #stackPointer(): Flow {
    const part = registerPart(
      this.#mode === 64 ? Register.RSP : this.#mode === 32 ? Register.ESP : Register.SP,
    );
    const leaves = this.#instruction.mnemonic === Mnemonic.Leave;
    const source = leaves ? registerPart(Register.RBP) : part;
    return { target: part, sources: [source], copy: false };
  }

  #copy(target: Operand | undefined, source: Operand | undefined): Flow {
    // Without a target it matches nothing; without a source it is an immediate.
    return {
      target: target ?? { kind: 'flags', bits: 0 },
      sources: source === undefined ? [] : [source],
      copy: source !== undefined && !SIGN_EXTENDS.has(this.#instruction.mnemonic),
    };
  }

  /** A register or memory operand as written in the assembly; undefined for an immediate. */
  #operand(number: number): Operand | undefined {
    switch (this.#instruction.opKind(number)) {
      case OpKind.Register:
        return registerPart(this.#instruction.opRegister(number));
      case OpKind.Memory: {
        const explicit = this.#memory.find(({ memory }) => isAccessed(memory));
        return explicit;
      }
      default:
        return undefined;
    }
  }

  #written(): Operand | undefined {
    return this.#memory.find(({ memory }) => memory.writes);
  }

  #read(): Operand | undefined {
    return this.#memory.find(({ memory }) => memory.reads);
  }

  #sameOperands(): boolean {
    const instruction = this.#instruction;
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
      const operand = this.#operand(number);
      return operand !== undefined && sameOperand(operand, target);
    });
  }

  #isOperandRead(part: RegisterPart): boolean {
    const instruction = this.#instruction;
    for (let i = 0; i < instruction.opCount; i++) {
      if (instruction.opKind(i) !== OpKind.Register) continue;
      const operand = registerPart(instruction.opRegister(i));
      const access = this.#info.opAccess(i);
      if (sameOperand(operand, part) && isRead(access)) return true;
    }
    return false;
  }
}

function isStackPointer(operand: Operand): boolean {
  return operand.kind === 'register' && operand.family === 'general' && operand.index === 6;
}

function sameOperand(a: Operand, b: Operand): boolean {
  if (a.kind === 'register' && b.kind === 'register') {
    return a.family === b.family && a.index === b.index;
  }
  return a === b;
}
