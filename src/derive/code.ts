/** What the derivations must know of each distinct instruction, decoded once. */
import { classify } from '../x86/classify.js';
import { Flow, type InstructionClass } from '../x86/instruction-class.js';
import { withInstruction, type Mode } from '../x86/iced.js';
import { Mnemonic } from '../x86/iced-names.js';
import type { MemoryOperand } from '../x86/operand.js';

/** What an instruction does to the call stack. */
export const Control = {
  none: 0,
  /** Jumps that are taken or not, with a fixed target. */
  jump: 1,
  /** Jumps through a register or memory, far ones included. */
  indirectJump: 2,
  call: 3,
  return: 4,
  interruptReturn: 5,
  systemCall: 6,
  systemReturn: 7,
} as const;
export type Control = (typeof Control)[keyof typeof Control];

/** An instruction of the trace, as `InstructionReader` gives it. */
export interface CodeSource {
  readonly id: number;
  readonly rip: bigint;
  readonly address: bigint;
  readonly mode: Mode;
  readonly bytes: Uint8Array;
}

/** A distinct instruction of the trace, decoded. */
export interface DecodedCode {
  readonly id: number;
  readonly address: bigint;
  readonly addressLow: number;
  readonly addressHigh: number;
  readonly mode: Mode;
  readonly control: Control;
  /** What to add to an offset in its code segment for the linear address. */
  readonly base: bigint;
  /** Linear address of the next instruction in memory: where a call returns to. */
  readonly next: bigint;
  /** Bytes that a call pushes. */
  readonly pushes: number;
  /** Those that read or write memory at an address of their own. */
  readonly operands: readonly MemoryOperand[];
  /** A string instruction: its pointers move, and with a prefix it may access many elements. */
  readonly string: boolean;
  readonly repeats: boolean;
  readonly class: InstructionClass;
}

/** Decodes an instruction from its bytes, as the mode and the address have it. */
export function decodeCode(source: CodeSource): DecodedCode {
  const { id, rip, address, mode, bytes } = source;
  const found = classify(bytes, mode, rip);
  const [mnemonic, string] = withInstruction(
    bytes,
    mode,
    rip,
    (instruction) => [instruction.mnemonic, instruction.isStringInstruction] as const,
  );
  const length = found.valid ? found.length : bytes.length;
  const next = BigInt.asUintN(mode === 64 ? 64 : 32, address + BigInt(length));
  const operands = found.valid ? found.operands.filter((each) => each.reads || each.writes) : [];
  return {
    id,
    address,
    addressLow: Number(BigInt.asIntN(32, address)),
    addressHigh: Number(BigInt.asIntN(32, address >> 32n)),
    mode,
    base: address - rip,
    control: found.valid ? controlOf(found, mnemonic, rip) : Control.none,
    next,
    pushes: mnemonic === Mnemonic.Call ? pushedBytes(operands) : 0,
    operands,
    string,
    repeats: found.repeats,
    class: found,
  };
}

function controlOf(found: InstructionClass, mnemonic: Mnemonic, rip: bigint): Control {
  if (mnemonic === Mnemonic.Call) {
    // `call $+5; pop ebx` only asks where it is.
    const asks = found.flow === Flow.direct && found.target === rip + BigInt(found.length);
    return asks ? Control.none : Control.call;
  }
  switch (found.flow) {
    case Flow.direct:
      return Control.jump;
    case Flow.register:
    case Flow.memory:
    case Flow.farDirect:
    case Flow.farMemory:
      return Control.indirectJump;
    case Flow.returnNear:
    case Flow.returnFar:
      return Control.return;
    case Flow.interruptReturn:
      return Control.interruptReturn;
    case Flow.systemCall:
      return Control.systemCall;
    case Flow.systemReturn:
      return Control.systemReturn;
    default:
      return Control.none;
  }
}

/** The push of a call is its only write. */
function pushedBytes(operands: readonly MemoryOperand[]): number {
  return operands.filter((each) => each.writes).reduce((sum, { size }) => sum + size, 0);
}
