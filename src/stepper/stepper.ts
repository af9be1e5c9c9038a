/**
 * Runs a vCPU one retired instruction at a time. The rules are those of KVM's single step, as this
 * project observed and read them (docs/kvm-stepping.md); each stands where it is applied.
 *
 * A call of `step` returns what it was (step.ts). What it changed is in the live registers (`words`)
 * against `before`, and in `dirty` against the shadow. The caller takes it, brings `before` and the
 * shadow up to date, tells `memory` of the pages that have changed, and calls `accept`.
 */
import { wide } from '../base/halves.js';
import { EXIT } from '../kvm/abi/exit-reason.js';
import { Flow, RunsOn } from '../x86/instruction-class.js';
import { AccessServer } from './access-server.js';
import { addressAfter, linearNext, returnsToItself, stackMovedAs } from './arrival.js';
import { mendCarryRotation } from './carry-rotation.js';
import { Bursts } from './burst/bursts.js';
import { carryOut, type CarriedOut } from './emulate/carried-out.js';
import { CodeCache, StepKind, type Code } from './code-cache.js';
import type { Delivery } from './delivered.js';
import { deliverInterrupt, stepIntoException, stepThroughGate } from './delivery.js';
import type { DirtyPages } from '../machine/dirty-pages.js';
import { ExpectedRip, expectRip, type MachineView } from './expected-rip.js';
import { describeFailure } from './failure.js';
import { isInt1 } from './false-invalid-opcode.js';
import { gateOf, type Gate } from './gates.js';
import { LinearMemory } from '../machine/linear-memory.js';
import { isProtected, privilegeOf, RFLAGS, RFLAGS_IF, RIP } from '../machine/register-words.js';
import { describeUserEntry, userEntry } from './user-entry.js';
import { returnToItself } from './return-to-itself.js';
import { StepEnd } from './step-end.js';
import { Outcome, StepRecord, type Step } from './step.js';
import type { StepperOptions } from './stepper-options.js';
import { canRunWhole } from './whole-string.js';
import { finishStep, isSystemCall, keepTrapFlag } from './trap-flag.js';
import { INTERRUPTED, StuckError, VcpuControl } from './vcpu-control.js';

/** Exits in a row without any progress before a step is called a livelock (rule 4). */
const LIVELOCK_EXITS = 64;

/** Steps one vCPU. */
export class Stepper {
  readonly control: VcpuControl;
  readonly memory: LinearMemory;
  readonly dirty: DirtyPages;
  /** The registers, live, and as they were before the step. */
  readonly words: Int32Array;
  readonly before: Int32Array;

  /** Plain steps, many at a time; undefined where they are all made one by one. */
  readonly bursts: Bursts | undefined;

  readonly #step: StepRecord;
  readonly #codes: CodeCache;
  readonly #server: AccessServer;
  readonly #view: MachineView;
  readonly #expected = new ExpectedRip();
  readonly #canStepUser: () => boolean;
  readonly #end: StepEnd;
  #stepsUser = false;
  /** A REP instruction that a signal interrupted between two iterations. */
  #resumed: Code | undefined;
  /** Whether kvmtrace carried the last instruction out: no exit has told then whether an interrupt may come. */
  #carriedOut: CarriedOut = 'no';

  constructor(options: StepperOptions) {
    const { vcpu, slots, dirty, shadow, traits } = options.machine;
    this.words = vcpu.words;
    this.memory = new LinearMemory(this.words, slots);
    this.dirty = dirty;
    const { stepsByTrapFlag } = traits;
    this.control = new VcpuControl({ vcpu, memory: this.memory, dirty, shadow, stepsByTrapFlag });
    this.before = this.control.before;
    this.#canStepUser = () => traits.canStepUser();
    this.#codes = new CodeCache(this.memory, options.onNewCode);
    this.#server = new AccessServer(this.control, options.bus);
    this.#step = new StepRecord(this.#server.accesses);
    this.#end = new StepEnd(this.#step, this.control, this.#server, options);
    const { bursts } = vcpu;
    if (bursts !== undefined) {
      this.bursts = new Bursts(bursts, this.control, options.restoreSide ?? (() => undefined));
    }
    this.#view = { words: this.before, memory: this.memory, msr: options.msr };
  }

  /** Bytes of guest memory that devices wrote in the step, when the guest told them to. */
  get dmaBytes(): number {
    return this.#server.dmaBytes;
  }

  /** Takes over the registers from KVM, as the state before the first step. */
  start(): void {
    this.control.start();
  }

  /** Retires one instruction, or delivers one exception. */
  step(): Step {
    const carriedOut = this.#carriedOut;
    this.#carriedOut = 'no';
    const code = this.#resumed ?? this.#codes.lookup(this.words);
    this.#resumed = undefined;
    this.#step.begin(code);
    try {
      const outcome = this.#run(code);
      // The shadow of the instruction before is still there.
      if (outcome === Outcome.interrupted) this.#carriedOut = carriedOut;
      return this.#step.end(outcome);
    } catch (error) {
      if (error instanceof StuckError) return this.#step.end(this.#end.stuck(code));
      throw error;
    }
  }

  #run(code: Code | undefined): Outcome {
    if (this.#end.afterDelivery) {
      this.#end.afterDelivery = false;
      if (code !== undefined && code.kind !== StepKind.special) return this.#stepGuarded(code);
    }
    if (code === undefined || code.kind === StepKind.special) {
      this.control.shareSystem(true);
      return this.#stepSpecially(code);
    }
    this.control.shareSystem(code.class.system);
    const result = this.control.enter();
    if (result === 0 && this.control.exitReason === EXIT.KVM_EXIT_DEBUG) {
      const low = this.words[RIP]!;
      const high = this.words[RIP + 1]!;
      const direct = code.kind === StepKind.direct;
      if (direct && low === code.targetLow && high === code.targetHigh) {
        if (stackMovedAs(code, this.words, this.before)) return Outcome.retired;
      }
      if (low === code.nextLow && high === code.nextHigh) {
        if ((!direct || code.class.conditional) && stackMovedAs(code, this.words, this.before))
          return Outcome.retired;
      }
    }
    this.control.shareSystem(true);
    expectRip(code, this.#view, this.#expected);
    return this.#finish(code, result);
  }

  /**
   * Retires up to `limit` plain instructions and accepts each; the caller sees to it that no interrupt is due
   * among them. Returns how many: their events are in `bursts`. 0 says that `step` has to make the next.
   */
  burst(limit: number): number {
    const { bursts } = this;
    if (bursts === undefined || limit < 1) return 0;
    if (this.#end.afterDelivery || this.#resumed !== undefined) return 0;
    if (bursts.asking > 0) {
      bursts.asking--;
      return 0;
    }
    const code = this.#codes.lookup(this.words);
    if (code === undefined || !bursts.codes.has(code)) return 0;
    this.#carriedOut = 'no';
    return bursts.run(limit);
  }

  /** The instruction that a burst's events name. */
  codeOf(id: number): Code {
    return this.#codes.code(id);
  }

  /** Takes the state after the step for the state before the next one. */
  accept(): void {
    if (this.dirty.count !== 0) this.dirty.clear();
    this.#server.clear();
  }

  /**
   * Delivers an external interrupt at this boundary. The guest must be `interruptible`: KVM_INTERRUPT
   * checks neither IF nor the interrupt shadow (rule 6).
   */
  interrupt(vector: number): Step {
    this.#step.begin(undefined);
    this.#carriedOut = 'no';
    this.control.shareSystem(true);
    try {
      const delivery = deliverInterrupt(this.control, this.#server, vector);
      return this.#step.end(this.#end.delivered(delivery, undefined));
    } catch (error) {
      if (error instanceof StuckError) return this.#step.end(this.#end.stuck(undefined));
      throw error;
    }
  }

  /** Makes registers that were set those of the vCPU. */
  writeBack(): void {
    this.control.writeBack();
    this.control.stepPlainly();
  }

  /** True where an external interrupt may be delivered now. */
  get interruptible(): boolean {
    if (this.#carriedOut === 'no') return this.control.vcpu.isInterruptible;
    return this.#carriedOut === 'yes' && (this.words[RFLAGS]! & RFLAGS_IF) !== 0;
  }

  #stepSpecially(code: Code | undefined): Outcome {
    // Nothing mapped at rip, or UD2: only an exception, or KVM's refusal, can follow.
    if (code === undefined || code.class.flow === Flow.undefined) return this.#stepGuarded(code);
    expectRip(code, this.#view, this.#expected);
    const userRip = this.#stepsUser ? undefined : userEntry(code, this.#view);
    if (userRip !== undefined) {
      this.#stepsUser = this.#canStepUser();
      if (!this.#stepsUser) {
        return this.#end.stopped('internal-error', describeUserEntry(code, userRip, this.words));
      }
    }
    const { halts, takesNoTrap, flow } = code.class;
    if (flow === Flow.softwareInterrupt) return this.#softwareInterrupt(code);
    if (halts && privilegeOf(this.words) === 0) {
      // Stepping over HLT leaves a stale halt behind; unstepped it exits cleanly (rule 1).
      this.control.runFreely();
    } else if (
      (takesNoTrap && !this.control.stepsByTrapFlag) ||
      this.#expected.task !== undefined
    ) {
      if (returnsToItself(code, this.#expected)) {
        const returned = returnToItself(this.control);
        return returned === true ? Outcome.retired : this.#finish(code, returned);
      }
      this.control.stepAndBreak([addressAfter(code, this.#expected, this.words)]);
    } else if (code.class.runsOn === RunsOn.farStackPointer && this.control.stepsByTrapFlag) {
      this.control.stepAndBreak([linearNext(code, this.words)]);
    } else if (code.class.runsOn !== RunsOn.never && this.control.stepsByTrapFlag) {
      this.#carriedOut = carryOut(this.control, code);
      if (this.#carriedOut === 'no') return this.#stepGuarded(code);
      return Outcome.retired;
    } else if (this.control.stepsByTrapFlag && canRunWhole(this.control, code)) {
      return this.#afterStep(code, this.#finish(code, this.#runWhole(code)));
    } else {
      if (code.class.usesIdtr) this.control.showIdt();
      if (this.control.stepsByTrapFlag && isSystemCall(flow)) {
        return this.#stepSystemCall(code);
      }
      return this.#afterStep(code, this.#finish(code, this.control.enter()));
    }
    const result = this.control.enter();
    this.control.stepPlainly();
    return this.#afterStep(code, this.#finish(code, result));
  }

  /** Returns as `enter` does. What is left of the instruction is stepped. */
  #runWhole(code: Code): number {
    const { control } = this;
    control.runTo(linearNext(code, this.words));
    let result = control.enter();
    while (result === 0 && control.exitReason === EXIT.KVM_EXIT_DIRTY_RING_FULL) {
      result = control.enter();
    }
    control.stepPlainly();
    return result;
  }

  /**
   * SYSCALL and SYSRET trap by the TF that they leave (APM vol. 3, SYSCALL; seen on SVM): with TF in
   * IA32_FMASK, or without one in R11, nothing would stop behind them.
   */
  #stepSystemCall(code: Code): Outcome {
    const keepsTrapFlag = keepTrapFlag(this.control, code, this.#view);
    const outcome = this.#finish(code, this.control.enter());
    keepsTrapFlag.restore();
    return this.#afterStep(code, outcome);
  }

  #afterStep(code: Code, outcome: Outcome): Outcome {
    if (outcome !== Outcome.retired) return outcome;
    finishStep(this.control, code, this.#view, this.#expected.task !== undefined);
    mendCarryRotation(this.control, code);
    return outcome;
  }

  /** INT n, INT3, INT1, INTO: the gate is where it goes, and where a breakpoint has to stand. */
  #softwareInterrupt(code: Code): Outcome {
    const { vector } = code.class;
    const gate = gateOf(vector, this.words, this.memory);
    if (this.#isRefusedAt(gate, code)) return this.#end.refused(code);
    if (gate === undefined) return this.#throughNoGate(code);
    const result = stepThroughGate(this.control, gate, code);
    if (result !== true) return this.#afterGuarded(code, result);
    const rip = wide(code.nextLow, code.nextHigh);
    this.#step.delivery = { kind: 'software', vector, errorCode: undefined, rip, assisted: false };
    return Outcome.retired;
  }

  /**
   * QEMU has INT n that cannot pass its gate raise a #GP whose error code is wrong in long mode, and whose
   * frame is where KVM has to make the stack writable first: without decode assists it cannot tell where
   * the instruction began, and injects INT n behind it (svm_update_soft_interrupt_rip).
   */
  #isRefusedAt(gate: Gate | undefined, code: Code): boolean {
    const { words, control } = this;
    if (!control.vcpu.isEmulated || !control.stepsByTrapFlag) return false;
    if (!isProtected(words) || code.class.conditional || this.#expected.task !== undefined)
      return false;
    return gate === undefined || (!isInt1(code) && gate.dpl < privilegeOf(words));
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
    return this.#afterGuarded(code, stepIntoException(this.control, code));
  }

  /** After a step that was watched for exceptions: `result` as `stepIntoException` gives it. */
  #afterGuarded(code: Code | undefined, result: Delivery | number | undefined): Outcome {
    if (typeof result === 'number') return this.#finish(code, result);
    if (result === undefined) return this.#end.deliver(code);
    return this.#end.raised(result, code);
  }

  get #arrived(): boolean {
    const { words, before } = this;
    const { code } = this.#step;
    if (!this.#expected.matches(words[RIP]!, words[RIP + 1]!)) return false;
    return code === undefined || stackMovedAs(code, words, before);
  }

  /** Goes on from the end of a KVM_RUN until the instruction has retired, or something else happened. */
  #finish(code: Code | undefined, firstResult: number): Outcome {
    const { control } = this;
    let result = firstResult;
    for (let idle = 0; ; result = control.enter()) {
      if (result === INTERRUPTED) return this.#signalled(code);
      if (result < 0) return this.#end.stopped('error', `KVM_RUN failed with errno ${-result}`);
      const outcome = this.#afterExit(code);
      if (outcome !== undefined) return outcome;
      if (++idle > LIVELOCK_EXITS && control.unchanged) {
        return this.#end.stopped('livelock', describeFailure('livelock', code, this.words));
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
        return this.#arrived ? Outcome.retired : this.#end.deliver(code);
      case EXIT.KVM_EXIT_IO:
        if (code?.class.accessesPort !== true) return this.#end.deliver(code);
        return this.#access(code);
      case EXIT.KVM_EXIT_MMIO:
        return this.#access(code);
      case EXIT.KVM_EXIT_HLT:
        return code?.class.halts === true && this.#arrived
          ? Outcome.retired
          : this.#end.deliver(code);
      case EXIT.KVM_EXIT_SHUTDOWN:
        // Exceptions may have been delivered before the one that could not be. SVM resets the vCPU.
        if (control.stepsByTrapFlag) this.#end.restoreSide();
        return this.#end.deliver(code, 'shutdown');
      case EXIT.KVM_EXIT_INTERNAL_ERROR:
        if (!control.stayed) return this.#end.deliver(code);
        return this.#end.refused(code);
      case EXIT.KVM_EXIT_DIRTY_RING_FULL:
      case EXIT.KVM_EXIT_IRQ_WINDOW_OPEN:
      case EXIT.KVM_EXIT_INTR:
        return undefined;
      case EXIT.KVM_EXIT_SET_TPR:
        // MOV to CR8 that lowers it: rip is past it, and no debug exit comes (rule 1).
        control.complete();
        control.keepStepping();
        return this.#arrived ? Outcome.retired : undefined;
      default:
        return this.#end.stopped(
          'error',
          `KVM ended a step with exit reason ${reason}, which is unknown`,
        );
    }
  }

  /** Serves an access of the instruction. An access elsewhere is a handler's: after an exception. */
  #access(code: Code | undefined): Outcome | undefined {
    const { control } = this;
    if (code === undefined || !(control.stayed || this.#arrived)) return this.#end.deliver(code);
    const result = this.#server.serve();
    if (result < 0)
      return this.#end.stopped('error', `completing an access failed with errno ${-result}`);
    // KVM's emulator has completed it without a debug exit, and forgotten TF (seen on SVM).
    if (control.exitIsAccess) control.keepStepping();
    if (control.stayed && code.class.repeats) return undefined;
    return this.#arrived ? Outcome.retired : this.#end.deliver(code);
  }

  /** A signal ended KVM_RUN. Usually nothing ran; one that takes no single-step trap may have retired (rule 2). */
  #signalled(code: Code | undefined): Outcome {
    if (!this.control.stayed) return this.#arrived ? Outcome.retired : this.#end.deliver(code);
    if (code?.class.repeats === true) this.#resumed = code;
    return Outcome.interrupted;
  }
}
