/**
 * What a single-stepping recorder must know of an instruction before it runs: where it can go,
 * whether KVM gives it a debug exit of its own, and what state beside the general registers it
 * touches. The rules are those of KVM's single step as observed on this project's machines and
 * read in arch/x86/kvm (x86.c, emulate.c); the citations stand at each rule.
 */
import { describeBranch } from './branch.js';
import { withInfo, withInstruction } from './iced.js';
import { Mnemonic, OpAccess, OpKind, Register, RegisterExt } from './iced-names.js';
import type { Instruction, InstructionInfo, Mode, UsedRegister } from './iced.js';
import {
  Effect,
  Flow,
  FlagsUse,
  RunsOn,
  type CarryRotation,
  type InputKind,
  type InstructionClass,
} from './instruction-class.js';
import { generalIndex, memoryOperands } from './operand.js';
import { undefinedFlags } from './undefined-flags.js';

/** KVM's emulator retires these in its "fastpath", without a debug exit (observed; rule 1). */
const NO_TRAP = new Set<Mnemonic>([
  Mnemonic.Mfence,
  Mnemonic.Lfence,
  Mnemonic.Sfence,
  Mnemonic.Swapgs,
  Mnemonic.Endbr64,
  Mnemonic.Endbr32,
  Mnemonic.Rdrand,
  Mnemonic.Rdseed,
  Mnemonic.Rdfsbase,
  Mnemonic.Rdgsbase,
  Mnemonic.Wrfsbase,
  Mnemonic.Wrgsbase,
  Mnemonic.Fxsave,
  Mnemonic.Fxsave64,
  Mnemonic.Fxrstor,
  Mnemonic.Fxrstor64,
]);

/**
 * What KVM's emulator completes on hardware that has no decode assists, with rip moved on: observed on
 * SVM (kvm-stepping, "Seen on SVM"); MOV of a debug or control register is found by its operands.
 */
const LOSES_TRAP_FLAG = new Set<Mnemonic>([
  Mnemonic.Clts,
  Mnemonic.Lmsw,
  Mnemonic.Insb,
  Mnemonic.Insw,
  Mnemonic.Insd,
  Mnemonic.Outsb,
  Mnemonic.Outsw,
  Mnemonic.Outsd,
  Mnemonic.Invlpg,
]);

/** PUSH rsp is as any other PUSH; POP rsp is not as any other POP. */
const PUSHES = new Set<Mnemonic>([Mnemonic.Push]);
/** Set the stack pointer from the frame pointer, or by an operand. */
const FRAMES = new Set<Mnemonic>([Mnemonic.Enter, Mnemonic.Leave]);

/** Control flow that stays in its segment. */
const PLAIN_FLOWS = new Set<Flow>([
  Flow.next,
  Flow.direct,
  Flow.register,
  Flow.memory,
  Flow.returnNear,
]);

const PORT_MNEMONICS = new Set<Mnemonic>([
  Mnemonic.In,
  Mnemonic.Insb,
  Mnemonic.Insw,
  Mnemonic.Insd,
  Mnemonic.Out,
  Mnemonic.Outsb,
  Mnemonic.Outsw,
  Mnemonic.Outsd,
]);

const PUSH_FLAGS = new Set<Mnemonic>([Mnemonic.Pushf, Mnemonic.Pushfd, Mnemonic.Pushfq]);
const POP_FLAGS = new Set<Mnemonic>([Mnemonic.Popf, Mnemonic.Popfd, Mnemonic.Popfq]);

const INPUTS = new Map<Mnemonic, InputKind>([
  [Mnemonic.Rdtsc, 'tsc'],
  [Mnemonic.Rdtscp, 'tscp'],
  [Mnemonic.Cpuid, 'cpuid'],
  [Mnemonic.Rdpmc, 'pmc'],
  [Mnemonic.Rdrand, 'random'],
  [Mnemonic.Rdseed, 'random'],
  [Mnemonic.Rdmsr, 'msr'],
]);

/** Instructions that change x87/SSE/AVX state without naming one of its registers. */
const FPU_MNEMONICS = new Set<Mnemonic>([
  Mnemonic.Xrstor,
  Mnemonic.Xrstor64,
  Mnemonic.Xrstors,
  Mnemonic.Xrstors64,
  Mnemonic.Ldmxcsr,
  Mnemonic.Vldmxcsr,
  Mnemonic.Emms,
  Mnemonic.Vzeroall,
  Mnemonic.Vzeroupper,
  Mnemonic.Wait,
]);

/**
 * @param bytes the instruction and what follows it, up to 15 bytes
 * @param ip rip (offset in cs) of the instruction
 */
export function classify(bytes: Uint8Array, mode: Mode, ip: bigint): InstructionClass {
  return withInstruction(bytes, mode, ip, (instruction) =>
    withInfo(instruction, (info) => describe(instruction, info, mode)),
  );
}

function describe(instruction: Instruction, info: InstructionInfo, mode: Mode): InstructionClass {
  const mnemonic = instruction.mnemonic;
  const operands = memoryOperands(instruction, info, mode);
  const branch = describeBranch(instruction, operands);
  return {
    length: instruction.length,
    mode,
    ...branch,
    halts: mnemonic === Mnemonic.Hlt,
    takesNoTrap: NO_TRAP.has(mnemonic) || (branch.flow === Flow.interruptReturn && mode === 64),
    losesTrapFlag: LOSES_TRAP_FLAG.has(mnemonic) || movesSystemRegister(instruction),
    runsOn: runsOn(instruction),
    usesIdtr: mnemonic === Mnemonic.Lidt || mnemonic === Mnemonic.Sidt,
    carryRotation: carryRotation(instruction),
    repeats:
      instruction.isStringInstruction && (instruction.hasRepPrefix || instruction.hasRepnePrefix),
    flags: flagsUse(mnemonic, branch.flow),
    accessesPort: PORT_MNEMONICS.has(mnemonic),
    system: !PLAIN_FLOWS.has(branch.flow) || touchesSystem(instruction, info),
    effects: effectsOf(instruction, info),
    stackDelta: PLAIN_FLOWS.has(branch.flow) ? stackDelta(instruction, info) : undefined,
    input: INPUTS.get(mnemonic),
    undefinedFlags: undefinedFlags(instruction),
    destination:
      instruction.op0Kind === OpKind.Register ? generalIndex(instruction.op0Register) : -1,
    source: instruction.op1Kind === OpKind.Register ? generalIndex(instruction.op1Register) : -1,
    operands,
    valid: !instruction.isInvalid,
  };
}

function runsOn({ mnemonic, op0Kind, op0Register }: Instruction): RunsOn {
  const loads = mnemonic === Mnemonic.Mov || mnemonic === Mnemonic.Pop;
  if (loads && op0Kind === OpKind.Register && op0Register === Register.SS) {
    return RunsOn.stackSegment;
  }
  if (mnemonic === Mnemonic.Lss) return RunsOn.farStackPointer;
  if (mnemonic === Mnemonic.Sti) return RunsOn.sti;
  return mnemonic === Mnemonic.Pause ? RunsOn.pause : RunsOn.never;
}

function carryRotation(instruction: Instruction): CarryRotation | undefined {
  const { mnemonic, op0Kind } = instruction;
  const left = mnemonic === Mnemonic.Rcl;
  if ((!left && mnemonic !== Mnemonic.Rcr) || op0Kind !== OpKind.Memory) return undefined;
  const isImmediate = instruction.opKind(1) === OpKind.Immediate8;
  return { left, count: isImmediate ? Number(instruction.immediate(1)) : undefined };
}

function flagsUse(mnemonic: Mnemonic, flow: Flow): FlagsUse {
  if (PUSH_FLAGS.has(mnemonic)) return FlagsUse.stores;
  const loads =
    POP_FLAGS.has(mnemonic) ||
    flow === Flow.interruptReturn ||
    flow === Flow.systemCall ||
    flow === Flow.systemReturn;
  return loads ? FlagsUse.loads : FlagsUse.none;
}

function effectsOf(instruction: Instruction, info: InstructionInfo): number {
  const mnemonic = instruction.mnemonic;
  let effects = 0;
  if (mnemonic === Mnemonic.Wrmsr) effects |= Effect.writeMsr;
  if (mnemonic === Mnemonic.Swapgs) effects |= Effect.swapGs;
  if (mnemonic === Mnemonic.Xsetbv) effects |= Effect.xcr0;
  if (FPU_MNEMONICS.has(mnemonic)) effects |= Effect.fpu;
  const used = info.usedRegisters() as UsedRegister[];
  for (const { register } of used) {
    if (isDebugRegister(register)) effects |= Effect.debugRegister;
    if (isFpuRegister(register)) effects |= Effect.fpu;
  }
  for (const register of used) register.free();
  if (isX87(mnemonic)) effects |= Effect.fpu;
  return effects;
}

/** Segment bases and CR3 change without being named by some; those are privileged, or listed. */
const SYSTEM_MNEMONICS = new Set<Mnemonic>([
  Mnemonic.Wrfsbase,
  Mnemonic.Wrgsbase,
  Mnemonic.Wrmsr,
  Mnemonic.Xsetbv,
]);

function touchesSystem(instruction: Instruction, info: InstructionInfo): boolean {
  if (instruction.isPrivileged && !PORT_MNEMONICS.has(instruction.mnemonic)) return true;
  if (SYSTEM_MNEMONICS.has(instruction.mnemonic)) return true;
  const used = info.usedRegisters() as UsedRegister[];
  const writes = used.some(
    ({ register, access }) =>
      (RegisterExt.isSegmentRegister(register) || isControlRegister(register)) &&
      access !== OpAccess.Read &&
      access !== OpAccess.CondRead,
  );
  for (const register of used) register.free();
  return writes;
}

/** MOV to and from CR0–CR15 and DR0–DR7. */
function movesSystemRegister(instruction: Instruction): boolean {
  if (instruction.mnemonic !== Mnemonic.Mov) return false;
  return [instruction.op0Register, instruction.op1Register].some(
    (register) => isControlRegister(register) || isDebugRegister(register),
  );
}

function isControlRegister(register: Register): boolean {
  return register >= Register.CR0 && register <= Register.CR15;
}

function isDebugRegister(register: Register): boolean {
  return register >= Register.DR0 && register <= Register.DR7;
}

function isFpuRegister(register: Register): boolean {
  return (
    RegisterExt.isVectorRegister(register) ||
    RegisterExt.isST(register) ||
    RegisterExt.isMM(register) ||
    RegisterExt.isK(register)
  );
}

/** x87 mnemonics begin with F, and Fxsave alone of those that do changes nothing. */
function isX87(mnemonic: Mnemonic): boolean {
  const name = Mnemonic[mnemonic];
  return name.startsWith('F') && !name.startsWith('Fxsave');
}

/** PUSH, POP, CALL, RET … move the stack pointer by a fixed amount; others leave it or set it. */
function stackDelta(instruction: Instruction, info: InstructionInfo): number | undefined {
  if (!writesRegister(info, Register.RSP)) return 0;
  const isExplicit =
    instruction.op0Kind === OpKind.Register &&
    RegisterExt.fullRegister(instruction.op0Register) === Register.RSP &&
    !PUSHES.has(instruction.mnemonic);
  if (!instruction.isStackInstruction || isExplicit || FRAMES.has(instruction.mnemonic)) {
    return undefined;
  }
  return instruction.stackPointerIncrement;
}

function writesRegister(info: InstructionInfo, wanted: Register): boolean {
  const used = info.usedRegisters() as UsedRegister[];
  const writes = used.some(
    ({ register, access }) =>
      RegisterExt.fullRegister(register) === wanted &&
      access !== OpAccess.Read &&
      access !== OpAccess.CondRead,
  );
  for (const register of used) register.free();
  return writes;
}
