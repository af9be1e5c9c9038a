/** What a single-stepping recorder must know of an instruction before it runs. */
import type { Mode } from './iced.js';
import type { MemoryOperand } from './operand.js';

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
  /** SYSCALL, SYSENTER. */
  systemCall: 9,
  /** SYSRET, SYSEXIT. */
  systemReturn: 10,
  /** INT n, INT3, INT1, INTO: through gate `vector`. */
  softwareInterrupt: 11,
  /** Always raises #UD (ud2). */
  undefined: 12,
  /** Nothing can be said (vmcall, xbegin …). */
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

/** Instructions that a trap by TF may come too late for. */
export const RunsOn = {
  never: 0,
  /** MOV SS, POP SS: nothing stops a CPU before the next instruction (SDM vol. 3, 7.8.3). */
  stackSegment: 1,
  /** As QEMU emulates it. */
  sti: 2,
  /** As QEMU emulates it. */
  pause: 3,
  /** LSS, as QEMU emulates it. */
  farStackPointer: 4,
} as const;
export type RunsOn = (typeof RunsOn)[keyof typeof RunsOn];

/** RCL or RCR of memory. */
export interface CarryRotation {
  readonly left: boolean;
  /** Undefined where cl has it. */
  readonly count: number | undefined;
}

/** Results that do not follow from the state before. */
export type InputKind = 'tsc' | 'tscp' | 'cpuid' | 'pmc' | 'random' | 'msr';

/** What is known of an instruction before it runs. */
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
  /** The MSR that has the target of SYSENTER; 0 for all else. */
  readonly branchMsr: number;
  readonly vector: number;
  readonly halts: boolean;
  /**
   * KVM runs this without a debug exit of its own, so that the next instruction runs in the same
   * KVM_RUN unless a hardware breakpoint stands there (kvm-stepping rule 1).
   */
  readonly takesNoTrap: boolean;
  /**
   * KVM's own emulator completes it on VMX and SVM too, and forgets there that it steps (kvm-stepping
   * rule 7): not for where steps are made without looking at how each ended.
   */
  readonly losesTrapFlag: boolean;
  /** Why a CPU that steps by TF may run on to the next instruction before it traps. */
  readonly runsOn: RunsOn;
  /** LIDT, SIDT: the IDT's register itself. */
  readonly usesIdtr: boolean;
  /** RCL or RCR of memory, which a processor that QEMU emulates may do twice. */
  readonly carryRotation: CarryRotation | undefined;
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
  /** Bits of rflags that the manual leaves undefined after it. */
  readonly undefinedFlags: number;
  /** Index in struct kvm_regs of the first operand where that is a general register, or -1. */
  readonly destination: number;
  /** The same of the second operand. */
  readonly source: number;
  /** Every memory access, implied ones included, in the decoder's order. */
  readonly operands: readonly MemoryOperand[];
  /** False where the bytes are no instruction. */
  readonly valid: boolean;
}
