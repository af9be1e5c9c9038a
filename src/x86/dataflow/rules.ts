/** Instructions of which it is known what goes where. */
import { conditionHolds } from './condition.js';
import type { FlagTest, Flow, Operand } from './flow.js';
import { FLAG_BITS, flagsOf } from '../flag-bits.js';
import { computed, copy, kept, type FlowOperands } from './operands.js';
import { Mnemonic, Register } from '../iced-names.js';
import { namedPart, registerPart } from '../register-part.js';
import { stackFlows } from './stack.js';
import { stringFlows } from './strings.js';
import { systemFlows } from './system.js';

/** `mov` and its kin: the first operand becomes the second. */
const COPIES =
  /^(?:Mov|Movzx|Movnti|V?Mov(?:aps|apd|ups|upd|dqa|dqu|d|q|ntdq|ntps|ntpd|ntdqa)|V?Lddqu)$/;
/** With a register and itself, these make a constant, and so do the flags of those that set any. */
const CONSTANT_OF_SAME =
  /^(?:Xor|Sub|V?(?:Pxor|Xorp[sd]|Psub[bwdq]|Pandn|Andnp[sd]|Pcmp(?:eq|gt)[bwdq]))$/;

/**
 * The flows of an instruction: by a rule of its own, or from all that is read to all that is written.
 */
export function flowsOf(operands: FlowOperands): Flow[] {
  const { instruction, name } = operands;
  if (instruction.isStringInstruction) return stringFlows(operands);
  if (COPIES.test(name)) return copy(operands.operand(0), operands.operand(1));
  if (name.startsWith('Cmov')) return conditionalMove(operands);
  if (CONSTANT_OF_SAME.test(name) && operands.sameOperands) return operands.general(undefined, []);
  return (
    exchangeFlows(operands) ??
    stackFlows(operands) ??
    systemFlows(operands) ??
    otherFlows(operands) ??
    operands.general()
  );
}

/** A move that is not taken leaves the register, but in 64-bit code clears its upper half. */
function conditionalMove(operands: FlowOperands): Flow[] {
  const condition = operands.instruction.conditionCode;
  const test = (taken: boolean): FlagTest => ({
    at: 'before',
    holds: (rflags) => conditionHolds(condition, rflags) === taken,
  });
  const target = operands.operand(0);
  return [...copy(target, operands.operand(1), test(true)), ...kept(target, test(false))];
}

/** ZF, which CMPXCHG leaves set where it stored (SDM vol. 2, CMPXCHG). */
function stored(wanted: boolean): FlagTest {
  return { at: 'after', holds: (rflags) => ((rflags & FLAG_BITS.zf) !== 0) === wanted };
}

function exchangeFlows(operands: FlowOperands): Flow[] | undefined {
  const [first, second] = [operands.operand(0), operands.operand(1)];
  switch (operands.instruction.mnemonic) {
    case Mnemonic.Xchg:
      return [...copy(first, second), ...copy(second, first)];
    case Mnemonic.Xadd:
      // With itself, a register is doubled: the sum is written last.
      return operands.sameOperands
        ? operands.general()
        : [...copy(second, first), ...operands.general([0])];
    case Mnemonic.Cmpxchg:
      return [
        ...copy(first, second, stored(true)),
        ...kept(first, stored(false)),
        ...copy(operands.accumulator, first, stored(false)),
        ...operands.flags(operands.dataSources()),
      ];
    case Mnemonic.Cmpxchg8b:
      return exchangeOfTwo(operands, Register.EAX, Register.EDX, Register.EBX, Register.ECX);
    case Mnemonic.Cmpxchg16b:
      return exchangeOfTwo(operands, Register.RAX, Register.RDX, Register.RBX, Register.RCX);
    default:
      return undefined;
  }
}

/** CMPXCHG8B and 16B: registers of the lower and of the upper half. */
function exchangeOfTwo(operands: FlowOperands, ...registers: Register[]): Flow[] {
  const [memory] = operands.memory;
  const [lowOld, highOld, lowNew, highNew] = registers.map(registerPart);
  if (memory === undefined) return [];
  const half = memory.size / 2;
  const low: Operand = { ...memory, size: half };
  const high: Operand = { ...memory, start: half, size: half };
  return [
    ...copy(low, lowNew, stored(true)),
    ...copy(high, highNew, stored(true)),
    ...kept(memory, stored(false)),
    ...copy(lowOld, low, stored(false)),
    ...copy(highOld, high, stored(false)),
    ...operands.flags([memory, lowOld!, highOld!]),
  ];
}

function otherFlows(operands: FlowOperands): Flow[] | undefined {
  const { instruction } = operands;
  switch (instruction.mnemonic) {
    case Mnemonic.Lea: {
      const [target] = [operands.operand(0)];
      const sources = operands.addressRegisters();
      const plain = instruction.memoryDisplacement === 0n && instruction.memoryIndexScale === 1;
      if (plain && sources.length === 1 && instruction.memoryIndex === Register.None) {
        return copy(target, sources[0]);
      }
      return [computed(target!, sources)];
    }
    case Mnemonic.Sbb:
      // With itself, a register is minus the carry.
      return operands.sameOperands
        ? operands.general(undefined, [{ kind: 'flags', bits: flagsOf(instruction.rflagsRead) }])
        : undefined;
    case Mnemonic.Xlatb:
      return copy(registerPart(Register.AL), operands.memory[0]);
    case Mnemonic.Ldmxcsr:
    case Mnemonic.Vldmxcsr:
      return copy(namedPart('mxcsr', 4), operands.operand(0));
    case Mnemonic.Stmxcsr:
    case Mnemonic.Vstmxcsr:
      return copy(operands.operand(0), namedPart('mxcsr', 4));
    case Mnemonic.Fldcw:
      return copy(namedPart('fcw', 2), operands.operand(0));
    case Mnemonic.Fnstcw:
      return copy(operands.operand(0), namedPart('fcw', 2));
    default:
      return undefined;
  }
}
