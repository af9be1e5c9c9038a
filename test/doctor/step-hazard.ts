import type { Kvm } from '../../src/kvm/kvm.js';
import type { Bus } from '../../src/machine/access-bus.js';
import { RingDirtyPages, LogDirtyPages } from '../../src/machine/dirty-pages.js';
import { startGuest, type ParsedLine } from '../../src/doctor/guest.js';
import type { Hazard } from '../../src/doctor/hazard.js';
import { guestMsrs } from '../../src/doctor/guest-msrs.js';
import { trapFlagInFrame } from '../../src/doctor/observe.js';
import { SmallVm } from '../../src/doctor/small-vm.js';
import { describePlace, READ_BYTE } from '../../src/doctor/run.js';
import { kvmStepTraits } from '../../src/doctor/step-traits.js';
import { KvmVcpu } from '../../src/machine/kvm-vcpu.js';
import { Shadow } from '../../src/machine/shadow.js';
import { Outcome, type Step } from '../../src/stepper/step.js';
import { Stepper } from '../../src/stepper/stepper.js';

const BUS: Bus = {
  portRead: (_port, _size, data) => data.fill(READ_BYTE),
  portWrite: () => undefined,
  mmioRead: (_gpa, data) => data.fill(READ_BYTE),
  mmioWrite: () => undefined,
};

/**
 * Runs a hazard's guest through the stepper: `step@1 deliver@gate6 tf=0`, at most `count` words, or
 * `stop:shutdown`.
 */
export function stepHazard(kvm: Kvm, hazard: Hazard, count: number): string {
  using vm = new SmallVm(kvm, { reports: 'ring' });
  const lines = startGuest(vm, hazard);
  const slots = [vm.ram];
  using shadow = new Shadow(slots);
  shadow.slots[0]!.shadowBytes.set(vm.ram.bytes);
  const { vcpu } = vm;
  const msrs = vcpu.getMsrs(guestMsrs(kvm));
  const dirty =
    vcpu.dirtyRing === undefined
      ? new LogDirtyPages(slots, vm.vm)
      : new RingDirtyPages(slots, vcpu.dirtyRing, vm.vm);
  const stepper = new Stepper({
    machine: { vcpu: new KvmVcpu(vcpu), slots, dirty, shadow, traits: kvmStepTraits(kvm) },
    bus: BUS,
    msr: (index) => vcpu.getMsrs([index])[0]?.data ?? 0n,
    onNewCode: () => undefined,
    // A shutdown resets them on SVM.
    restoreSide: () => {
      vcpu.setMsrs(msrs);
    },
  });
  stepper.start();
  const { observe } = hazard;
  const words: string[] = [];
  for (let i = observe === undefined ? 0 : 1; i < count; i++) {
    words.push(oneStep(stepper, vm, hazard, lines));
    if (words.at(-1)!.startsWith('stop')) return words.join(' ');
  }
  if (observe !== undefined) {
    // A step at a time the last attempt may have run further than the stepper has.
    const inFrame = hazard.id.startsWith('frame');
    words.push(inFrame ? trapFlagInFrame(hazard.mode, false)(vm) : observe(vm));
  }
  return words.join(' ');
}

function oneStep(
  stepper: Stepper,
  vm: SmallVm,
  { attempts }: Hazard,
  lines: readonly ParsedLine[],
): string {
  const injection = attempts.at(-1)?.inject;
  const interrupts = typeof injection === 'object' && 'interrupt' in injection;
  const begin = (): Step => (interrupts ? stepper.interrupt(injection.interrupt) : stepper.step());
  let step = begin();
  while (step.outcome === Outcome.interrupted) step = begin();
  if (step.outcome === Outcome.stopped) return `stop:${step.stop.reason}`;
  const kind = step.outcome === Outcome.retired ? 'step' : 'deliver';
  stepper.before.set(stepper.words);
  for (let i = 0; i < stepper.dirty.count; i++) {
    stepper.control.shadow.adopt(stepper.dirty.slotOf[i]!, stepper.dirty.pageOf[i]!);
  }
  stepper.memory.flush();
  stepper.accept();
  return `${kind}@${describePlace(vm, lines)}`;
}
