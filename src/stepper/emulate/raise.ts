import { RFLAGS, RFLAGS_RF } from '../../machine/register-words.js';
import type { VcpuControl } from '../vcpu-control.js';

/** An exception that kvmtrace raises in an instruction that it carries out itself. */
export interface RaisedException {
  readonly vector: number;
  /** Default: it has none. */
  readonly errorCode?: number;
  /** Default: only what has an error code is a fault. */
  readonly isFault?: boolean;
}

/** #UD: an invalid opcode (SDM vol. 3, 6.15). */
export const INVALID_OPCODE = 6;
/** #NP: a segment that is not present (SDM vol. 3, 6.15). */
export const NOT_PRESENT = 11;
/** #SS: a fault of the stack segment (SDM vol. 3, 6.15). */
export const STACK_FAULT = 12;
/** #GP: general protection (SDM vol. 3, 6.15). */
export const GENERAL_PROTECTION = 13;

/**
 * Hands an exception to KVM for delivery at the next entry (KVM_SET_VCPU_EVENTS), at the rip that is
 * there: that of the instruction that raises it, or behind it for a trap.
 */
export function injectException(
  control: VcpuControl,
  { vector, errorCode, isFault = errorCode !== undefined }: RaisedException,
): void {
  // The frame of a fault has RF set (SDM vol. 3, 19.3.1.1).
  if (isFault) control.words[RFLAGS]! |= RFLAGS_RF;
  control.writeBack();
  const events = control.vcpu.registers.getVcpuEvents();
  events.exception.injected = 1;
  events.exception.pending = 0;
  events.exception.nr = vector;
  events.exception.hasErrorCode = errorCode === undefined ? 0 : 1;
  events.exception.errorCode = errorCode ?? 0;
  control.vcpu.registers.setVcpuEvents(events);
}

/** Hands a software interrupt to KVM; rip must stand behind the instruction already. */
export function injectSoftwareInterrupt(control: VcpuControl, vector: number): void {
  const events = control.vcpu.registers.getVcpuEvents();
  events.interrupt.injected = 1;
  events.interrupt.nr = vector;
  events.interrupt.soft = 1;
  control.vcpu.registers.setVcpuEvents(events);
}
