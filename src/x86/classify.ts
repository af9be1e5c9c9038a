/**
 * What a single-stepping recorder must know of an instruction before it runs: where it can go,
 * whether KVM gives it a debug exit of its own, and what state beside the general registers it
 * touches. The rules are those of KVM's single step as observed on this project's machines and
 * read in arch/x86/kvm (x86.c, emulate.c); the citations stand at each rule.
 */
import {
  FlowControl,
  Mnemonic,
  OpAccess,
  OpKind,
  Register,
  RegisterExt,
  withInfo,
  withInstruction,
} from './iced.js';
import type { Instruction, InstructionInfo, Mode, UsedRegister } from './iced.js';
import { generalIndex, memoryOperand, type MemoryOperand } from './operand.js';

/** Where control can go after the instruction, other than into an exception handler. */
export const Flow = {
  /** rip + length. */
  next: 0,
  /** A near branch with a displacement: `target`, or rip + length where it is conditional. */
  direct: 1,
  /** A near jump or call through a register (`branchRegister`). */
  register: 2,
  /** A near jump or call through memory (`branchOperand`). */
  memory: 3,
  /** A near return: the word at ss:rsp. */
  returnNear: 4,
  /** A far jump or call with an immediate pointer: `target` in `selector`. */
  farDirect: 5,
  /** A far jump or call through memory (`branchOperand`). */
  farMemory: 6,
  returnFar: 7,
  interruptReturn: 8,
  systemCall: 9,
  systemReturn: 10,
  /** INT n, INT3, INT1, INTO: through gate `vector`. */
  softwareInterrupt: 11,
  /** Always raises #UD (ud2). */
  undefined: 12,
  /** Nothing can be said (vmcall, xbegin, sysenter …). */
  unknown: 13,
} as const;
export type Flow = (typeof Flow)[keyof typeof Flow];

/** State beside the general registers that the instruction can change: bits of `effects`. */
export const Effect = {
  /** x87, SSE or AVX state, read back through KVM_GET_XSAVE. */
  fpu: 1,
  /** An MSR named by ecx. */
  writeMsr: 2,
  /** IA32_KERNEL_GS_BASE. */
  swapGs: 4,
  debugRegister: 8,
  xcr0: 16,
} as const;

/** How the instruction uses the flags register as a whole. */
export const FlagsUse = { none: 0, loads: 1, stores: 2 } as const;
export type FlagsUse = (typeof FlagsUse)[keyof typeof FlagsUse];

/** Results that do not follow from the state before. */
export type InputKind = 'tsc' | 'tscp' | 'cpuid' | 'pmc' | 'random' | 'msr';

export interface InstructionClass {
  readonly length: number;
  readonly mode: Mode;
  readonly flow: Flow;
  readonly conditional: boolean;
  /** Offset in cs; for farDirect in the new cs. */
  readonly target: bigint;
  readonly selector: number;
  readonly branchRegister: number;
  readonly branchOperand: MemoryOperand | undefined;
  /** Bytes of the branch's offset operand: 2, 4 or 8. */
  readonly branchSize: number;
  readonly vector: number;
  readonly halts: boolean;
  /**
   * KVM runs this without a debug exit of its own, so that the next instruction runs in the same
   * KVM_RUN unless a hardware breakpoint stands there (kvm-stepping rule 1).
   */
  readonly fuses: boolean;
  /** A string instruction with a REP prefix: several KVM_RUNs can belong to the one step (rule 4). */
  readonly repeats: boolean;
  /** POPF, IRET, SYSCALL and SYSRET load the flags; PUSHF stores them. */
  readonly flags: FlagsUse;
  /** IN, OUT, INS, OUTS. */
  readonly accessesPort: boolean;
  /**
   * May change segment or control registers, or descriptor tables. Everything else cannot, so that
   * they need not be looked at after it.
   */
  readonly system: boolean;
  readonly effects: number;
  /** What it adds to the stack pointer; undefined where that is not fixed, or control goes far. */
  readonly stackDelta: number | undefined;
  readonly input: InputKind | undefined;
  /** Index in struct kvm_regs of the first operand where that is a general register, or -1. */
  readonly destination: number;
  /** Every memory access, implied ones included, in the decoder's order. */
  readonly operands: readonly MemoryOperand[];
  /** False where the bytes are no instruction. */
  readonly valid: boolean;
}

/** KVM's emulator retires these in its "fastpath", without a debug exit (observed; rule 1). */
const FUSES = new Set<Mnemonic>([
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
  const operands = (info.usedMemory() as Parameters<typeof memoryOperand>[0][]).map((used) => {
    const operand = memoryOperand(used, mode);
    used.free();
    return operand;
  });
  const branch = describeBranch(instruction, operands);
  return {
    length: instruction.length,
    mode,
    ...branch,
    halts: mnemonic === Mnemonic.Hlt,
    fuses: FUSES.has(mnemonic) || (branch.flow === Flow.interruptReturn && mode === 64),
    repeats:
      instruction.isStringInstruction && (instruction.hasRepPrefix || instruction.hasRepnePrefix),
    flags: flagsUse(mnemonic, branch.flow),
    accessesPort: PORT_MNEMONICS.has(mnemonic),
    system: !PLAIN_FLOWS.has(branch.flow) || touchesSystem(instruction, info),
    effects: effectsOf(instruction, info),
    stackDelta: PLAIN_FLOWS.has(branch.flow) ? stackDelta(instruction, info) : undefined,
    input: INPUTS.get(mnemonic),
    destination:
      instruction.op0Kind === OpKind.Register ? generalIndex(instruction.op0Register) : -1,
    operands,
    valid: !instruction.isInvalid,
  };
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

type Branch = Pick<
  InstructionClass,
  | 'flow'
  | 'conditional'
  | 'target'
  | 'selector'
  | 'branchRegister'
  | 'branchOperand'
  | 'branchSize'
  | 'vector'
>;

function describeBranch(instruction: Instruction, operands: readonly MemoryOperand[]): Branch {
  const branch: Branch = {
    flow: Flow.next,
    conditional: false,
    target: 0n,
    selector: 0,
    branchRegister: -1,
    branchOperand: undefined,
    branchSize: 0,
    vector: 0,
  };
  switch (instruction.flowControl) {
    case FlowControl.ConditionalBranch:
    case FlowControl.UnconditionalBranch:
    case FlowControl.Call:
      return directBranch(instruction, branch);
    case FlowControl.IndirectBranch:
    case FlowControl.IndirectCall:
      return indirectBranch(instruction, branch, operands);
    case FlowControl.Return:
      return returnBranch(instruction, branch);
    case FlowControl.Interrupt:
      return { ...branch, flow: Flow.softwareInterrupt, ...interruptVector(instruction) };
    case FlowControl.Exception:
      return { ...branch, flow: Flow.undefined };
    case FlowControl.XbeginXabortXend:
      return { ...branch, flow: Flow.unknown };
    case FlowControl.Next:
      return branch;
  }
}

function directBranch(instruction: Instruction, branch: Branch): Branch {
  switch (instruction.op0Kind) {
    case OpKind.NearBranch16:
    case OpKind.NearBranch32:
    case OpKind.NearBranch64:
      return {
        ...branch,
        flow: Flow.direct,
        conditional: instruction.flowControl === FlowControl.ConditionalBranch,
        target: instruction.nearBranchTarget,
      };
    case OpKind.FarBranch16:
      return {
        ...branch,
        flow: Flow.farDirect,
        target: BigInt(instruction.farBranch16),
        selector: instruction.farBranchSelector,
      };
    case OpKind.FarBranch32:
      return {
        ...branch,
        flow: Flow.farDirect,
        target: BigInt(instruction.farBranch32),
        selector: instruction.farBranchSelector,
      };
    default:
      return {
        ...branch,
        flow: instruction.mnemonic === Mnemonic.Syscall ? Flow.systemCall : Flow.unknown,
      };
  }
}

function indirectBranch(
  instruction: Instruction,
  branch: Branch,
  operands: readonly MemoryOperand[],
): Branch {
  if (instruction.op0Kind === OpKind.Register) {
    return {
      ...branch,
      flow: Flow.register,
      branchRegister: generalIndex(instruction.op0Register),
      branchSize: RegisterExt.size(instruction.op0Register),
    };
  }
  const operand = operands.find((candidate) => candidate.reads);
  const far = instruction.isJmpFarIndirect || instruction.isCallFarIndirect;
  return {
    ...branch,
    flow: far ? Flow.farMemory : Flow.memory,
    branchOperand: operand,
    // A far pointer is offset and 16-bit selector (SDM vol. 1, 4.3.1).
    branchSize: (operand?.size ?? 0) - (far ? 2 : 0),
  };
}

function returnBranch(instruction: Instruction, branch: Branch): Branch {
  switch (instruction.mnemonic) {
    case Mnemonic.Ret:
      return { ...branch, flow: Flow.returnNear, branchSize: stackSlot(instruction) };
    case Mnemonic.Retf:
      return { ...branch, flow: Flow.returnFar, branchSize: farReturnSlot(instruction) };
    case Mnemonic.Iret:
      return { ...branch, flow: Flow.interruptReturn, branchSize: 2 };
    case Mnemonic.Iretd:
      return { ...branch, flow: Flow.interruptReturn, branchSize: 4 };
    case Mnemonic.Iretq:
      return { ...branch, flow: Flow.interruptReturn, branchSize: 8 };
    case Mnemonic.Sysret:
    case Mnemonic.Sysretq:
      return { ...branch, flow: Flow.systemReturn };
    default:
      return { ...branch, flow: Flow.unknown };
  }
}

/** Bytes that a near return pops: what it adds to the stack pointer less its immediate. */
function stackSlot(instruction: Instruction): number {
  return instruction.stackPointerIncrement - Number(immediate(instruction));
}

function farReturnSlot(instruction: Instruction): number {
  return (instruction.stackPointerIncrement - Number(immediate(instruction))) / 2;
}

function immediate(instruction: Instruction): bigint {
  return instruction.opCount === 0 ? 0n : instruction.immediate(0);
}

function interruptVector(instruction: Instruction): { vector: number; conditional: boolean } {
  switch (instruction.mnemonic) {
    case Mnemonic.Int3:
      return { vector: 3, conditional: false };
    case Mnemonic.Int1:
      return { vector: 1, conditional: false };
    case Mnemonic.Into:
      return { vector: 4, conditional: true };
    default:
      return { vector: Number(immediate(instruction)), conditional: false };
  }
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
