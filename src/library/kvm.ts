/** `kvmtrace/kvm`: the binding of /dev/kvm. Needs Linux on x86-64. */
export { SyscallError } from '../kvm/libc.js';
export { Kvm } from '../kvm/kvm.js';
export { Vm, type IoEvent, type UserMemoryRegion } from '../kvm/vm.js';
export { Vcpu } from '../kvm/vcpu.js';
export { RunPage, RUN_OFFSET } from '../kvm/run-page.js';
export type { VcpuExit } from '../kvm/exit.js';
export { DirtyRing } from '../kvm/dirty-ring.js';
export { GuestMemory, type MemorySlot, type SlotOptions } from '../kvm/guest-memory.js';
export { CAP, type Capability } from '../kvm/abi/capability.js';
