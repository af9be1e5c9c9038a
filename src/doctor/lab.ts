/** Runs hazards one after the other, in one VM as long as that is fit for it. */
import type { Kvm } from '../kvm/kvm.js';
import { judge, type Finding, type Hazard } from './hazard.js';
import type { ProbeGuest } from './guest.js';
import type { ProbeMode } from './mode.js';
import { ProbeVm } from './small-vm.js';
import { isFatal, runAttempt, type Attempt } from './run.js';

/** What became of a hazard on this KVM. */
export interface HazardResult extends Finding {
  readonly id: string;
  readonly name: string;
  readonly mode: ProbeMode;
  /** The instructions, without those that only follow. */
  readonly assembly: string;
  /** Every exit with where rip stood: line of the guest, handler, or address. */
  readonly exits: string;
}

export class Lab implements Disposable {
  readonly #kvm: Kvm;
  #vm: ProbeVm | undefined;

  constructor(kvm: Kvm) {
    this.#kvm = kvm;
  }

  /** Runs the guest and returns its exits with what `observe` sees then. */
  run(guest: ProbeGuest, attempt: Attempt, observe?: (vm: ProbeVm) => string): string[] {
    this.#vm ??= new ProbeVm(this.#kvm);
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
    return { id, name, mode, assembly: assembly!, exits, ...judge(known, exits) };
  }

  close(): void {
    this.#vm?.vm.close();
    this.#vm = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
