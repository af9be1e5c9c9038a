/**
 * Runs a stepper's vCPU without stepping, from one exit to the next, and hands it back so that stepping
 * goes on. What an exit is here is what KVM has to ask somebody for: an access, HLT, a breakpoint, the end.
 */
import { EXIT } from '../kvm/abi/exit-reason.js';
import type { Access, Bus } from '../machine/access-bus.js';
import { RFLAGS, STEPPING_FLAGS } from '../machine/register-words.js';
import { AccessServer } from './access-server.js';
import { CodeCache, type Code } from './code-cache.js';
import type { Stepper } from './stepper.js';
import { INTERRUPTED } from './vcpu-control.js';

/** Why the guest stopped running. */
export type FreeExit =
  /** An instruction accessed a port or MMIO; its accesses are served. */
  | 'access'
  /** HLT has retired. */
  | 'halt'
  /** A breakpoint: the instruction there has not run. */
  | 'break'
  /** The host's timer, at least every TICK_MS, anywhere: perhaps between two iterations of REP. */
  | 'tick'
  /** Interrupts can be delivered again, as was asked for. */
  | 'window'
  /** A triple fault, or something that KVM refuses to run. To step will tell which. */
  | 'refused';

/** Runs the guest freely between `start` and `stop`. */
export class FreeRunner {
  /** What the last exit `access` exchanged, in order. */
  accesses: readonly Access[] = [];
  readonly #stepper: Stepper;
  readonly #server: AccessServer;
  readonly #onWritten: (slotIndex: number, page: number) => void;
  /** Of the code at rip, for looking only. */
  readonly #codes: CodeCache;

  /**
   * @param bus answers accesses
   * @param onWritten told at `stop` of the pages that were written since `start`
   */
  constructor(stepper: Stepper, bus: Bus, onWritten: (slotIndex: number, page: number) => void) {
    this.#stepper = stepper;
    this.#server = new AccessServer(stepper.control, bus);
    this.#onWritten = onWritten;
    this.#codes = new CodeCache(stepper.memory, () => undefined);
  }

  /** @param breakpoints linear addresses of code to stop before */
  start(breakpoints: readonly bigint[] = []): void {
    const { control } = this.#stepper;
    control.showIdt();
    control.shareSystem(true);
    control.runFreely(breakpoints);
    control.isFree = true;
  }

  /** Runs to the next exit. */
  run(): FreeExit {
    const { control } = this.#stepper;
    for (;;) {
      const result = control.enter();
      if (result === INTERRUPTED) return 'tick';
      if (result < 0) return 'refused';
      switch (control.exitReason) {
        case EXIT.KVM_EXIT_IO:
        case EXIT.KVM_EXIT_MMIO:
          this.#server.clear();
          this.accesses = this.#server.accesses;
          return this.#server.serve() < 0 ? 'refused' : 'access';
        case EXIT.KVM_EXIT_HLT:
          return 'halt';
        case EXIT.KVM_EXIT_DEBUG:
          return 'break';
        case EXIT.KVM_EXIT_INTR:
          return 'tick';
        case EXIT.KVM_EXIT_IRQ_WINDOW_OPEN:
          return 'window';
        case EXIT.KVM_EXIT_DIRTY_RING_FULL:
          control.dirty.collect();
          break;
        case EXIT.KVM_EXIT_SET_TPR:
          break;
        default:
          return 'refused';
      }
    }
  }

  /** The guest's registers. */
  get words(): Int32Array {
    return this.#stepper.words;
  }

  /** Whether `interrupt` may be called. */
  get interruptible(): boolean {
    return this.#stepper.control.vcpu.isInterruptible;
  }

  /** Delivers an external interrupt when the guest runs on. It must be ready for one. */
  interrupt(vector: number): void {
    this.#stepper.control.vcpu.interrupt(vector);
  }

  /** Whether to come back, with exit `window`, once the guest can be interrupted. */
  set wantsWindow(on: boolean) {
    this.#stepper.control.vcpu.requestWindow(on);
  }

  /** The state is now that before the next step of the stepper. */
  stop(): void {
    const { control, dirty, memory, words, before } = this.#stepper;
    control.isFree = false;
    this.wantsWindow = false;
    dirty.collect();
    for (let i = 0; i < dirty.count; i++) {
      control.shadow.adopt(dirty.slotOf[i]!, dirty.pageOf[i]!);
      this.#onWritten(dirty.slotOf[i]!, dirty.pageOf[i]!);
    }
    dirty.clear();
    memory.flush();
    before.set(words);
    before[RFLAGS]! &= ~STEPPING_FLAGS;
    control.stepPlainly();
  }

  /**
   * The instruction at rip where it may be half done: a string instruction that an exit, or the timer, has
   * interrupted between two iterations. Undefined where rip stands between two instructions for sure.
   */
  get unfinished(): Code | undefined {
    const code = this.#codes.lookup(this.#stepper.words);
    return code?.class.repeats === true ? code : undefined;
  }
}
