/** What a guest can see of stepping: its TF, in flags that an instruction or the CPU has stored. */
import { CODE, HANDLERS } from './layout.js';
import { bitsOf, isLongMode, type DoctorMode } from './mode.js';
import type { SmallVm } from './small-vm.js';

const TRAP_FLAG = 1 << 8;

/** Whether the flags in a register have TF set: stepping's, as the guest set none. */
export function trapFlagIn(register: 'rax' | 'r11') {
  return ({ vcpu }: SmallVm): string => tell(Number(vcpu.getRegs()[register] & 0xffffn));
}

/** The same of the frame that the handler finds on the stack; nothing where no handler runs. */
export function trapFlagInFrame(mode: DoctorMode, hasErrorCode: boolean) {
  return (vm: SmallVm): string => {
    if (vm.place < HANDLERS || vm.place >= CODE) return '';
    const slotBytes = (isLongMode(mode) ? 64 : bitsOf(mode)) / 8;
    const at = Number(vm.vcpu.getRegs().rsp) + slotBytes * (hasErrorCode ? 3 : 2);
    return tell(vm.ram.bytes[at]! | (vm.ram.bytes[at + 1]! << 8));
  };
}

function tell(flags: number): string {
  return (flags & TRAP_FLAG) === 0 ? 'tf=0' : 'tf=1';
}
