import { gateOf, type Gate } from '../gates.js';
import type { VcpuControl } from '../vcpu-control.js';

/** An exception that kvmtrace raises in an instruction that it carries out itself. */
export interface RaisedException {
  readonly vector: number;
  readonly errorCode: number;
}

export const NOT_PRESENT = 11;
export const STACK_FAULT = 12;
export const GENERAL_PROTECTION = 13;

/**
 * Hands an exception to KVM for delivery at the next entry (KVM_SET_VCPU_EVENTS), at the rip of the
 * instruction that raises it.
 */
export function injectException(
  control: VcpuControl,
  { vector, errorCode }: RaisedException,
): void {
  const events = control.vcpu.getVcpuEvents();
  events.exception.injected = 1;
  events.exception.pending = 0;
  events.exception.nr = vector;
  events.exception.hasErrorCode = 1;
  events.exception.errorCode = errorCode;
  control.vcpu.setVcpuEvents(events);
}

/** Hands a software interrupt to KVM; rip must stand behind the instruction already. */
export function injectSoftwareInterrupt(control: VcpuControl, vector: number): void {
  const events = control.vcpu.getVcpuEvents();
  events.interrupt.injected = 1;
  events.interrupt.nr = vector;
  events.interrupt.soft = 1;
  control.vcpu.setVcpuEvents(events);
}

/**
 * The gates at which a delivery can end: that of the vector, and those of the exceptions that the
 * delivery itself can raise.
 */
export function gatesOfDelivery(control: VcpuControl, vector: number): Gate[] {
  const seen = new Set<number>();
  return [vector, 14, GENERAL_PROTECTION, 8]
    .filter((candidate) => !seen.has(candidate) && seen.add(candidate))
    .map((candidate) => gateOf(candidate, control.words, control.memory))
    .filter((gate) => gate !== undefined);
}
