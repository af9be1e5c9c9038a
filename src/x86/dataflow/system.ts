/** Flows of system instructions through registers that the decoder does not name. */
import type { Flow } from './flow.js';
import { computed, copy, type FlowOperands } from './operands.js';
import { Mnemonic, Register } from '../iced-names.js';
import { namedPart, registerPart } from '../register-part.js';

const FS_BASE = namedPart('fs_base', 8);
const GS_BASE = namedPart('gs_base', 8);
const KERNEL_GS_BASE = namedPart('msr_kernel_gs_base', 8);

/**
 * The flows of a system instruction with registers that the decoder does not name; undefined for others.
 */
export function systemFlows(operands: FlowOperands): Flow[] | undefined {
  const { mnemonic } = operands.instruction;
  switch (mnemonic) {
    case Mnemonic.Swapgs:
      return [...copy(GS_BASE, KERNEL_GS_BASE), ...copy(KERNEL_GS_BASE, GS_BASE)];
    case Mnemonic.Wrfsbase:
      return copy(FS_BASE, operands.operand(0));
    case Mnemonic.Wrgsbase:
      return copy(GS_BASE, operands.operand(0));
    case Mnemonic.Rdfsbase:
      return copy(operands.operand(0), FS_BASE);
    case Mnemonic.Rdgsbase:
      return copy(operands.operand(0), GS_BASE);
    case Mnemonic.Syscall: {
      // rcx is the address of the next instruction, r11 the flags (SDM vol. 2, SYSCALL).
      const flags = operands.flags([]).map(({ target }) => target);
      return [
        computed(registerPart(Register.RCX), []),
        computed(registerPart(Register.R11), flags),
        ...operands.flags([...flags, namedPart('msr_syscall_mask', 8)]),
      ];
    }
    case Mnemonic.Sysret:
    case Mnemonic.Sysretq:
      return operands.flags([registerPart(Register.R11)]);
    default:
      return undefined;
  }
}
