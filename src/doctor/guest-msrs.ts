import { EXIT } from '../kvm/abi/exit-reason.js';
import type { KvmHost } from '../kvm/host/host.js';
import type { Kvm } from '../kvm/kvm.js';
import type { Vcpu } from '../kvm/vcpu.js';
import { CODE } from './layout.js';
import { SmallVm } from './small-vm.js';

/** rdmsr; hlt. */
const RDMSR_AND_HLT = Uint8Array.of(0x0f, 0x32, 0xf4);

const known = new WeakMap<KvmHost, readonly number[]>();

/**
 * The MSRs of a vCPU that are state of the guest, found by trying, as kernels and processors differ:
 * those that a guest can read, whose value nothing but the guest changes, and that keep what they are
 * set to. What is left out: clocks and counters of the host, and what KVM keeps for hypervisors' own
 * interfaces, of which CPUID tells our guests nothing. Costs a VM, once for each host.
 */
export function guestMsrs(kvm: Kvm): readonly number[] {
  const { host } = kvm;
  const found = known.get(host) ?? tryMsrs(kvm);
  known.set(host, found);
  return found;
}

function tryMsrs(kvm: Kvm): number[] {
  using vm = new SmallVm(kvm);
  const { vcpu } = vm;
  const listed = kvm.msrIndexList();
  const before = valuesOf(vcpu, listed);
  // Meanwhile time passes, the host's and the guest's.
  const readable = listed.filter((index) => before.has(index) && guestReads(vm, index));
  const after = valuesOf(vcpu, readable);
  return readable.filter((index) => {
    const value = after.get(index);
    return value !== undefined && value === before.get(index) && keeps(vcpu, index, value);
  });
}

function valuesOf(vcpu: Vcpu, indices: readonly number[]): ReadonlyMap<number, bigint> {
  return new Map(vcpu.getMsrs(indices).map(({ index, data }) => [index, data]));
}

/** Whether RDMSR gets past itself: a handler's HLT lies elsewhere. */
function guestReads(vm: SmallVm, index: number): boolean {
  vm.start({ mode: 'protected', code: RDMSR_AND_HLT, registers: { rcx: index } });
  vm.runFreely();
  vm.enter();
  const isHalted = vm.vcpu.run.exitReason === EXIT.KVM_EXIT_HLT;
  return isHalted && vm.place === CODE + RDMSR_AND_HLT.length;
}

/** Some cannot be set by user space either, which is no harm as long as they stay what they are. */
function keeps(vcpu: Vcpu, index: number, data: bigint): boolean {
  vcpu.setMsrs([{ index, data }]);
  return vcpu.getMsrs([index])[0]?.data === data;
}
