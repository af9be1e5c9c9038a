/**
 * Runs a vCPU one retired instruction at a time. The rules are those of KVM's single step, as this
 * project observed and read them (docs/kvm-stepping.md); each stands where it is applied.
 *
 * A call of `step` ends with one of the outcomes below. What happened is then in the live registers
 * (`words`) against `before`, in `dirty` against `shadow`, and in `accesses`. The caller takes it,
 * brings `before` and the shadow up to date, and calls `accept`.
 */
import { wide } from '../base/halves.js';
import { EXIT } from '../kvm/abi/exit-reason.js';
import { RUN_OFFSET } from '../kvm/run-page.js';
import type { Vcpu } from '../kvm/vcpu.js';
import { Flow, FlagsUse, RunsOn } from '../x86/instruction-class.js';
import { assist, type AssistResult } from './emulate/emulate.js';
import { AccessServer } from './access-server.js';
import type { Access, Bus } from '../machine/access-bus.js';
import { carryOut } from './emulate/carried-out.js';
import { CodeCache, StepKind, type Code } from './code-cache.js';
import {
  deliverException,
  deliverInterrupt,
  stepIntoException,
  stepThroughGate,
  type Delivery,
} from './delivery.js';
import type { DirtyPages } from '../machine/dirty-pages.js';
import { ExpectedRip, expectRip, type MachineView } from './expected-rip.js';
import { describeFailure } from './failure.js';
import { gateOf } from './gates.js';
import { handlerEffects } from './handler-effects.js';
import { LinearMemory, type RamSlot } from '../machine/linear-memory.js';
import { CS, machineWords, privilegeOf, RFLAGS, RIP, RSP } from '../machine/register-words.js';
import { describeUserEntry, userEntry } from './user-entry.js';
import { returnToItself } from './return-to-itself.js';
import type { Shadow } from '../machine/shadow.js';
import { finishSystemCall, hidePushedTrapFlag, isSystemCall, keepTrapFlag } from './trap-flag.js';
import type { Stop, StopReason } from '../machine/stop.js';
import { INTERRUPTED, StuckError, VcpuControl } from './vcpu-control.js';

/** How a call of `step` or `interrupt` ended. */
export const Outcome = {
  /** One instruction retired: `code`. */
  stepped: 0,
  /** An exception or interrupt was delivered and nothing retired: `delivery`. */
  delivered: 1,
  /** A signal came first: let the event loop run and call again. */
  again: 2,
  /** The guest cannot go on: `stop`. */
  stopped: 3,
} as const;
export type Outcome = (typeof Outcome)[keyof typeof Outcome];

/** The machine that is stepped, and whom the stepper asks and tells. */
export interface StepperOptions {
  readonly vcpu: Vcpu;
  readonly slots: readonly RamSlot[];
  readonly dirty: DirtyPages;
  readonly shadow: Shadow;
  readonly bus: Bus;
  /** Current value of an MSR that branches depend on. */
  readonly msr: (index: number) => bigint;
  /** Told of each distinct instruction before it runs for the first time. */
  readonly onNewCode: (code: Code) => void;
  /**
   * Whether this KVM steps 64-bit code at level 3 (`canStepUserMode`). Asked once, when the guest is
   * about to go there; if not given, it does.
   */
  readonly canStepUser?: () => boolean;
  /** Whether this KVM steps by the guest's trap flag (`stepsByTrapFlag`); if not given, it does not. */
  readonly stepsByTrapFlag?: boolean;
  /**
   * Puts back, as before the step, what the instruction effects named (bits of Effect) have changed
   * beside registers and memory.
   */
  readonly undoSide?: (effects: number) => void;
  /** Puts back all such state, which a shutdown may have reset. */
  readonly restoreSide?: () => void;
}

/** Exits in a row without any progress before a step is called a livelock (rule 4). */
const LIVELOCK_EXITS = 64;

const GENERAL_REGISTERS = 16;
const INVALID_OPCODE = 6;
const DOUBLE_FAULT = 8;
const NOT_PRESENT = 11;
const GENERAL_PROTECTION = 13;

const EXIT_REASON = RUN_OFFSET.exitReason >> 2;

/** Steps one vCPU. */
export class Stepper {
  readonly control: VcpuControl;
  readonly memory: LinearMemory;
  readonly dirty: DirtyPages;
  /** The registers, live, and as they were before the step. */
  readonly words: Int32Array;
  readonly before: Int32Array;
  /** Bus accesses of the step, in order. */
  readonly accesses: readonly Access[];
  /** After `stepped`. */
  code: Code | undefined;
  /** After `delivered`, and after `stepped` where the instruction was a software interrupt. */
  delivery: Delivery | undefined;
  /** After `stepped`: kvmtrace carried the instruction out in KVM's place. */
  assisted = false;
  /** After `stopped`. */
  stop: Stop | undefined;

  readonly #codes: CodeCache;
  readonly #server: AccessServer;
  readonly #view: MachineView;
  readonly #expected = new ExpectedRip();
  readonly #run: Int32Array;
  readonly #canStepUser: () => boolean;
  readonly #undoSide: (effects: number) => void;
  readonly #restoreSide: () => void;
  #stepsUser = false;
  /** The step before was an exception or interrupt: the handler may begin with another. */
  #afterDelivery = false;
  /** A REP instruction that a signal interrupted between two iterations. */
  #resumed: Code | undefined;
  /** kvmtrace carried out what holds interrupts back until after the next instruction. */
  #isInShadow = false;

  constructor(options: StepperOptions) {
    this.words = machineWords(options.vcpu.run);
    this.memory = new LinearMemory(this.words, options.slots);
    this.dirty = options.dirty;
    this.control = new VcpuControl({
      ...{ vcpu: options.vcpu, memory: this.memory, dirty: options.dirty, shadow: options.shadow },
      stepsByTrapFlag: options.stepsByTrapFlag ?? false,
    });
    this.before = this.control.before;
    this.#run = options.vcpu.run.words;
    this.#canStepUser = options.canStepUser ?? (() => true);
    this.#undoSide = options.undoSide ?? (() => undefined);
    this.#restoreSide = options.restoreSide ?? (() => undefined);
    this.#codes = new CodeCache(this.memory, options.onNewCode);
    this.#server = new AccessServer(this.control, options.bus);
    this.accesses = this.#server.accesses;
    this.#view = { words: this.before, memory: this.memory, msr: options.msr };
  }

  /** Takes over the registers from KVM, as the state before the first step. */
  start(): void {
    this.control.start();
  }

  /** Retires one instruction, or delivers one exception. */
  step(): Outcome {
    try {
      return this.#step();
    } catch (error) {
      if (error instanceof StuckError) return this.#stuck();
      throw error;
    }
  }

  #step(): Outcome {
    this.delivery = undefined;
    this.assisted = false;
    this.#isInShadow = false;
    const code = this.#resumed ?? this.#codes.lookup(this.words);
    this.#resumed = undefined;
    this.code = code;
    if (this.#afterDelivery) {
      this.#afterDelivery = false;
      if (code !== undefined && code.kind !== StepKind.special) return this.#stepGuarded(code);
    }
    if (code === undefined || code.kind === StepKind.special) {
      this.control.shareSystem(true);
      return this.#stepSpecially(code);
    }
    this.control.shareSystem(code.class.system);
    const result = this.control.enter();
    if (result === 0 && this.#run[EXIT_REASON] === EXIT.KVM_EXIT_DEBUG) {
      const low = this.words[RIP]!;
      const high = this.words[RIP + 1]!;
      const direct = code.kind === StepKind.direct;
      if (direct && low === code.targetLow && high === code.targetHigh) {
        if (this.#stackMovedAs(code)) return Outcome.stepped;
      }
      if (low === code.nextLow && high === code.nextHigh) {
        if ((!direct || code.class.conditional) && this.#stackMovedAs(code)) return Outcome.stepped;
      }
    }
    this.control.shareSystem(true);
    expectRip(code, this.#view, this.#expected);
    return this.#finish(code, result);
  }

  /** Takes the state after the step for the state before the next one. */
  accept(): void {
    const { dirty } = this;
    if (dirty.count !== 0) {
      for (let i = 0; i < dirty.count; i++) this.memory.written(dirty.gpaPage(i));
      dirty.clear();
    }
    this.#server.clear();
  }

  /**
   * Delivers an external interrupt at this boundary. The guest must be `interruptible`: KVM_INTERRUPT
   * checks neither IF nor the interrupt shadow (rule 6).
   */
  interrupt(vector: number): Outcome {
    this.code = undefined;
    this.control.shareSystem(true);
    try {
      return this.#delivered(deliverInterrupt(this.control, this.#server, vector), undefined);
    } catch (error) {
      if (error instanceof StuckError) return this.#stuck();
      throw error;
    }
  }

  /**
   * Gives a register (0–15 in the order of struct kvm_regs, 16 for rflags) the value that it had when
   * this was recorded. Returns whether it had another; `writeBack` then makes it so.
   */
  setRegister(id: number, low: number, high: number): boolean {
    const at = id === GENERAL_REGISTERS ? RFLAGS : 2 * id;
    if (this.words[at] === low && this.words[at + 1] === high) return false;
    this.words[at] = low;
    this.words[at + 1] = high;
    return true;
  }

  /** Gives a register the value that it had before the step. */
  keepRegister(id: number): boolean {
    const at = id === GENERAL_REGISTERS ? RFLAGS : 2 * id;
    return this.setRegister(id, this.before[at]!, this.before[at + 1]!);
  }

  /** Makes registers that were set those of the vCPU. */
  writeBack(): void {
    this.control.writeBack();
    this.control.stepPlainly();
  }

  /** True where an external interrupt may be delivered now. */
  get interruptible(): boolean {
    const { bytes } = this.control.vcpu.run;
    if (this.#isInShadow) return false;
    return bytes[RUN_OFFSET.readyForInterruptInjection] !== 0 && bytes[RUN_OFFSET.ifFlag] !== 0;
  }

  #stepSpecially(code: Code | undefined): Outcome {
    // Nothing mapped at rip, or UD2: only an exception, or KVM's refusal, can follow.
    if (code === undefined || code.class.flow === Flow.undefined) return this.#stepGuarded(code);
    expectRip(code, this.#view, this.#expected);
    const userRip = this.#stepsUser ? undefined : userEntry(code, this.#view);
    if (userRip !== undefined) {
      this.#stepsUser = this.#canStepUser();
      if (!this.#stepsUser) {
        return this.#stopped('internal-error', describeUserEntry(code, userRip, this.words));
      }
    }
    const { halts, fuses, flow } = code.class;
    if (flow === Flow.softwareInterrupt) return this.#softwareInterrupt(code);
    if (halts && privilegeOf(this.words) === 0) {
      // Stepping over HLT leaves a stale halt behind; unstepped it exits cleanly (rule 1).
      this.control.runFreely();
    } else if ((fuses && !this.control.stepsByTrapFlag) || this.#expected.task !== undefined) {
      if (this.#returnsToItself(code)) {
        const returned = returnToItself(this.control);
        return returned === true ? Outcome.stepped : this.#finish(code, returned);
      }
      this.control.stepAndBreak([this.#addressAfter(code)]);
    } else if (code.class.runsOn === RunsOn.farStackPointer && this.control.stepsByTrapFlag) {
      this.control.stepAndBreak([wide(code.nextLow, code.nextHigh) + this.#codeBase(code)]);
    } else if (code.class.runsOn !== RunsOn.never && this.control.stepsByTrapFlag) {
      const carriedOut = carryOut(this.control, code);
      if (carriedOut === 'no') return this.#stepGuarded(code);
      this.#isInShadow = carriedOut === 'yes, in a shadow';
      return Outcome.stepped;
    } else {
      if (code.class.usesIdtr) this.control.showIdt();
      if (this.control.stepsByTrapFlag && isSystemCall(flow)) {
        return this.#stepSystemCall(code);
      }
      return this.#hideTrapFlag(code, this.#finish(code, this.control.enter()));
    }
    const result = this.control.enter();
    this.control.stepPlainly();
    return this.#hideTrapFlag(code, this.#finish(code, result));
  }

  /**
   * SYSCALL and SYSRET trap by the TF that they leave (APM vol. 3, SYSCALL; seen on SVM): with TF in
   * IA32_FMASK, or without one in R11, nothing would stop behind them.
   */
  #stepSystemCall(code: Code): Outcome {
    const keepsTrapFlag = keepTrapFlag(this.control, code, this.#view);
    const outcome = this.#finish(code, this.control.enter());
    keepsTrapFlag.restore();
    return this.#hideTrapFlag(code, outcome);
  }

  /**
   * On VMX and SVM stepping is the guest's own TF: what loads the flags switches it off, and what
   * stores them shows it (rule 7).
   */
  #hideTrapFlag(code: Code, outcome: Outcome): Outcome {
    if (outcome !== Outcome.stepped) return outcome;
    const { flags, flow, branchMsr, usesIdtr, losesTrapFlag } = code.class;
    const savesFlags = flow === Flow.systemCall && branchMsr === 0;
    if (flags === FlagsUse.stores) hidePushedTrapFlag(this.control);
    else if (savesFlags && this.control.stepsByTrapFlag) finishSystemCall(this.control, this.#view);
    else if (flags === FlagsUse.loads || usesIdtr) this.control.stepPlainly();
    else if (losesTrapFlag) this.control.keepStepping();
    return outcome;
  }

  /** INT n, INT3, INT1, INTO: the gate is where it goes, and where a breakpoint has to stand. */
  #softwareInterrupt(code: Code): Outcome {
    const { vector } = code.class;
    const gate = gateOf(vector, this.words, this.memory);
    if (gate === undefined) return this.#throughNoGate(code);
    const result = stepThroughGate(this.control, gate);
    if (result !== true) return this.#finish(code, result);
    const rip = wide(code.nextLow, code.nextHigh);
    this.delivery = { kind: 'software', vector, errorCode: undefined, rip, assisted: false };
    return Outcome.stepped;
  }

  /** INT n to where no gate is: to a task, or an exception. */
  #throughNoGate(code: Code): Outcome {
    const { task } = this.#expected;
    if (task === undefined) return this.#finish(code, this.control.enter());
    this.control.showIdt();
    this.control.stepAndBreak([task]);
    const result = this.control.enter();
    this.control.stepPlainly();
    return this.#finish(code, result);
  }

  /** Steps what probably raises an exception, so that nothing has to be undone then. */
  #stepGuarded(code: Code | undefined): Outcome {
    this.control.shareSystem(true);
    if (code === undefined) this.#expected.clear();
    else expectRip(code, this.#view, this.#expected);
    const result = stepIntoException(this.control, code);
    if (typeof result === 'number') return this.#finish(code, result);
    return result === undefined ? this.#deliver(code) : this.#delivered(result, code);
  }

  #returnsToItself(code: Code): boolean {
    const { low, high } = this.#expected;
    const toItself = low[0] === code.ripLow && high[0] === code.ripHigh;
    return code.class.flow === Flow.interruptReturn && toItself;
  }

  /** The linear address at which an instruction that fuses with the next one has retired. */
  #addressAfter(code: Code): bigint {
    const { low, high, count, task } = this.#expected;
    if (task !== undefined) return task;
    const rip = count === 0 ? 0n : wide(low[0]!, high[0]!);
    return code.mode === 64 ? rip : BigInt.asUintN(32, rip + this.#codeBase(code));
  }

  #codeBase(code: Code): bigint {
    return code.mode === 64 ? 0n : BigInt(this.words[CS]! >>> 0);
  }

  get #arrived(): boolean {
    if (!this.#expected.matches(this.words[RIP]!, this.words[RIP + 1]!)) return false;
    return this.code === undefined || this.#stackMovedAs(this.code);
  }

  /**
   * Whether the stack pointer is where the instruction puts it. A handler whose first instruction
   * jumps to right behind the one that faulted leaves rip as that would have, but not rsp.
   */
  #stackMovedAs(code: Code): boolean {
    const { stackDelta } = code.class;
    // 16 bits are enough to tell a frame from none, and all that a 16-bit stack moves.
    return (
      stackDelta === undefined ||
      ((this.words[RSP]! - this.before[RSP]! - stackDelta) & 0xffff) === 0
    );
  }

  /** Goes on from the end of a KVM_RUN until the instruction has retired, or something else happened. */
  #finish(code: Code | undefined, firstResult: number): Outcome {
    const { control } = this;
    let result = firstResult;
    for (let idle = 0; ; result = control.enter()) {
      if (result === INTERRUPTED) return this.#signalled(code);
      if (result < 0) return this.#stopped('error', `KVM_RUN failed with errno ${-result}`);
      const outcome = this.#afterExit(code);
      if (outcome !== undefined) return outcome;
      if (++idle > LIVELOCK_EXITS && control.unchanged) {
        return this.#stopped('livelock', describeFailure('livelock', code, this.words));
      }
    }
  }

  /** What an exit means for the step; undefined where KVM has to run on. */
  #afterExit(code: Code | undefined): Outcome | undefined {
    const { control } = this;
    const reason = control.exitReason;
    const repeating = control.stayed && code?.class.repeats === true;
    switch (reason) {
      case EXIT.KVM_EXIT_DEBUG:
        // VMCALL livelocks in KVM's emulator: it has not retired where rip has not moved (rule 4).
        if (repeating || (control.stayed && this.#expected.any)) return undefined;
        return this.#arrived ? Outcome.stepped : this.#deliver(code);
      case EXIT.KVM_EXIT_IO:
        if (code?.class.accessesPort !== true) return this.#deliver(code);
        return this.#access(code);
      case EXIT.KVM_EXIT_MMIO:
        return this.#access(code);
      case EXIT.KVM_EXIT_HLT:
        return code?.class.halts === true && this.#arrived ? Outcome.stepped : this.#deliver(code);
      case EXIT.KVM_EXIT_SHUTDOWN:
        // Exceptions may have been delivered before the one that could not be. SVM resets the vCPU.
        if (control.stepsByTrapFlag) this.#restoreSide();
        return this.#deliver(code, 'shutdown');
      case EXIT.KVM_EXIT_INTERNAL_ERROR:
        if (!control.stayed) return this.#deliver(code);
        return this.#refused(code);
      case EXIT.KVM_EXIT_DIRTY_RING_FULL:
      case EXIT.KVM_EXIT_IRQ_WINDOW_OPEN:
      case EXIT.KVM_EXIT_INTR:
        return undefined;
      case EXIT.KVM_EXIT_SET_TPR:
        // MOV to CR8: VMX exits with rip past it and without a debug exit (believed, rule 1).
        control.complete();
        return this.#arrived ? Outcome.stepped : undefined;
      default:
        return this.#stopped(
          'error',
          `KVM ended a step with exit reason ${reason}, which is unknown`,
        );
    }
  }

  /** Serves an access of the instruction. An access elsewhere is a handler's: after an exception. */
  #access(code: Code | undefined): Outcome | undefined {
    const { control } = this;
    if (code === undefined || !(control.stayed || this.#arrived)) return this.#deliver(code);
    const result = this.#server.serve();
    if (result < 0)
      return this.#stopped('error', `completing an access failed with errno ${-result}`);
    // KVM's emulator has completed it, and forgets TF when it has moved rip (seen on SVM).
    if (control.exitReason !== EXIT.KVM_EXIT_IO || this.accesses[0]?.kind === 'mmio') {
      control.keepStepping();
    }
    if (control.stayed && code.class.repeats) return undefined;
    return this.#arrived ? Outcome.stepped : this.#deliver(code);
  }

  /** A signal ended KVM_RUN. Usually nothing ran; a fuse instruction may have retired (rule 2). */
  #signalled(code: Code | undefined): Outcome {
    if (!this.control.stayed) return this.#arrived ? Outcome.stepped : this.#deliver(code);
    if (code?.class.repeats === true) this.#resumed = code;
    return Outcome.again;
  }

  /** KVM's emulator cannot run the instruction: perhaps kvmtrace can. */
  #refused(code: Code | undefined): Outcome {
    const result: AssistResult =
      code === undefined ? { kind: 'refused' } : assist(this.control, this.#server, code);
    switch (result.kind) {
      case 'retired':
        this.assisted = true;
        this.delivery = result.delivery;
        return Outcome.stepped;
      case 'raised':
        this.delivery = result.delivery;
        return Outcome.delivered;
      case 'shutdown':
        return this.#stopped('shutdown', describeFailure('shutdown', code, this.words));
      case 'refused':
        return this.#stopped('internal-error', describeFailure('refused', code, this.words));
    }
  }

  /** @param otherwise what it was if it was no exception that has a gate */
  #deliver(code: Code | undefined, otherwise?: 'shutdown'): Outcome {
    const delivery = deliverException(this.control, this.#server, code) ?? otherwise;
    const mayLack = code !== undefined && !this.control.stepsByTrapFlag && neverInvalid(code);
    if (mayLack && fromInvalidOpcode(delivery)) {
      // In user mode KVM's emulator raises #UD for what it lacks instead of telling (observed).
      this.control.undo();
      return this.#refused(code);
    }
    if (delivery === 'shutdown' && this.control.stepsByTrapFlag) this.#undoAll();
    if (typeof delivery === 'object' && !this.control.stepsByTrapFlag) {
      const effects = handlerEffects(this.words, this.memory);
      if (effects !== 0) this.#undoSide(effects);
    }
    return this.#delivered(delivery, code);
  }

  #delivered(delivery: Delivery | 'shutdown' | undefined, code: Code | undefined): Outcome {
    if (delivery === 'shutdown') {
      return this.#stopped('shutdown', describeFailure('shutdown', code, this.words));
    }
    if (delivery === undefined) {
      this.#undoAll();
      return this.#stopped('error', describeFailure('unexplained', code, this.words));
    }
    this.delivery = delivery;
    this.#afterDelivery = true;
    return Outcome.delivered;
  }

  /** The guest runs, and neither the instruction's end nor an exception shows. */
  #stuck(): Outcome {
    this.#undoAll();
    return this.#stopped('livelock', describeFailure('stuck', this.code, this.words));
  }

  /** The state before the step is the last that is known to be right. */
  #undoAll(): void {
    this.control.undo();
    this.#restoreSide();
  }

  #stopped(reason: StopReason, detail: string): Outcome {
    this.stop = { reason, detail };
    return Outcome.stopped;
  }
}

/** Instructions that raise #UD on no processor. */
function neverInvalid(code: Code): boolean {
  return code.class.flow === Flow.softwareInterrupt || code.class.flow === Flow.interruptReturn;
}

/** Whether it can have begun as #UD: perhaps that has no gate, and something else came of it. */
function fromInvalidOpcode(delivery: Delivery | 'shutdown' | undefined): boolean {
  if (typeof delivery !== 'object') return true;
  if (delivery.vector === INVALID_OPCODE || delivery.vector === DOUBLE_FAULT) return true;
  const isGateFault = delivery.vector === NOT_PRESENT || delivery.vector === GENERAL_PROTECTION;
  return isGateFault && (delivery.errorCode ?? 0) >> 3 === INVALID_OPCODE;
}
