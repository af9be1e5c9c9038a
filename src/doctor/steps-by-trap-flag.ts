import { EXIT } from '../kvm/abi/exit-reason.js';
import type { KvmHost } from '../kvm/host/host.js';
import type { Kvm } from '../kvm/kvm.js';
import { SmallVm } from './small-vm.js';

/** ud2, whose handler is NOPs and a HLT. */
const UD2 = Uint8Array.of(0x0f, 0x0b);

const known = new WeakMap<KvmHost, boolean>();

/**
 * Whether KVM steps by the guest's trap flag, as VMX and SVM do: delivery of an exception clears it, and
 * the handler then runs to its HLT. A KVM that carries instructions out itself stops after the handler's
 * first. Costs a VM of its own, once for each host.
 */
export function stepsByTrapFlag(kvm: Kvm): boolean {
  const { host } = kvm;
  const found = known.get(host) ?? tryHandler(kvm);
  known.set(host, found);
  return found;
}

function tryHandler(kvm: Kvm): boolean {
  using vm = new SmallVm(kvm);
  vm.start({ mode: 'protected', code: UD2 });
  vm.step();
  vm.enter();
  return vm.vcpu.run.exitReason !== EXIT.KVM_EXIT_DEBUG;
}
