/** Runs hazards one after the other, in one VM as long as that is fit for it. */
import { KvmtraceError } from '../base/errors.js';
import type { Kvm } from '../kvm/kvm.js';
import { judge, LOST, type Finding, type Hazard } from './hazard.js';
import type { DoctorGuest } from './guest.js';
import type { DoctorMode } from './mode.js';
import { SmallVm } from './small-vm.js';
import { isFatal, runAttempt, type Attempt } from './run.js';
import { stepsByTrapFlag } from './steps-by-trap-flag.js';

/** What became of a hazard on this KVM. */
export interface HazardResult extends Finding {
  readonly id: string;
  readonly name: string;
  readonly mode: DoctorMode;
  /** The instructions, without those that only follow. */
  readonly assembly: string;
  /** Every exit with where rip stood: line of the guest, handler, or address. */
  readonly exits: string;
}

/** Runs attempts and gives their signatures; opens KVM again where a guest broke it. */
export class Lab implements Disposable {
  readonly #open: () => Kvm;
  #kvm: Kvm | undefined;
  #vm: SmallVm | undefined;

  /** @param open opens the KVM; again where a guest has ended the machine that it was in */
  constructor(open: () => Kvm) {
    this.#open = open;
  }

  get kvm(): Kvm {
    if (this.#kvm?.host.isGone === true) this[Symbol.dispose]();
    return (this.#kvm ??= this.#open());
  }

  /** Whether this KVM steps by the guest's trap flag. */
  get stepsByTrapFlag(): boolean {
    return stepsByTrapFlag(this.kvm);
  }

  /** Runs the guest and returns its exits with what `observe` sees then. */
  run(guest: DoctorGuest, attempt: Attempt, observe?: (vm: SmallVm) => string): string[] {
    const { kvm } = this;
    try {
      return this.#run(kvm, guest, attempt, observe);
    } catch (error) {
      if (!(error instanceof KvmtraceError && kvm.host.isGone)) throw error;
      return [LOST.exits];
    }
  }

  #run(
    kvm: Kvm,
    guest: DoctorGuest,
    attempt: Attempt,
    observe?: (vm: SmallVm) => string,
  ): string[] {
    this.#vm ??= new SmallVm(kvm, { stopsByHalt: stepsByTrapFlag(kvm) });
    const exits = runAttempt(this.#vm, guest, attempt);
    const observed = observe?.(this.#vm) ?? '';
    if (observed !== '') exits.push(observed);
    // What a triple fault or a refusal leaves behind is KVM's business.
    if (isFatal(exits)) this.close();
    return exits;
  }

  examine(hazard: Hazard): HazardResult {
    const { id, name, mode, attempts, observe, known, code } = hazard;
    const exits = attempts
      .map((attempt, i) =>
        this.run(hazard, attempt, i === attempts.length - 1 ? observe : undefined).join(' '),
      )
      .join(' / ');
    const [assembly] = code.map((line) => line.replace(/^.*? {2}/, ''));
    return {
      id,
      name,
      mode,
      assembly: assembly!,
      exits,
      ...judge(known, exits, this.stepsByTrapFlag),
    };
  }

  close(): void {
    this.#vm?.vm.close();
    this.#vm = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
    this.#kvm?.close();
    this.#kvm = undefined;
  }
}
