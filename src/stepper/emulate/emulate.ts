/**
 * Instructions that KVM's emulator refuses and that kvmtrace carries out in its place: software
 * interrupts, and IRET in protected mode (kvm-stepping, "More facts"). VMX and SVM run them
 * themselves, and this code is then never reached.
 */
import { wide } from '../../base/halves.js';
import { Flow } from '../../x86/instruction-class.js';
import type { AccessServer } from '../access-server.js';
import type { Code } from '../code-cache.js';
import { isInt1 } from '../false-invalid-opcode.js';
import type { Delivery } from '../delivered.js';
import { cleanFrame, deliverInjected, describeFault } from '../delivery.js';
import { gateEntry, gateOf, isGateType } from '../gates.js';
import { isLong, isProtected, privilegeOf, RIP } from '../../machine/register-words.js';
import type { VcpuControl } from '../vcpu-control.js';
import { interruptReturn } from './interrupt-return.js';
import {
  GENERAL_PROTECTION,
  injectException,
  injectSoftwareInterrupt,
  INVALID_OPCODE,
  NOT_PRESENT,
  type RaisedException,
} from './raise.js';

/** How an instruction went that kvmtrace carried out in KVM's place. */
export type EmulationResult =
  /** The instruction retired; `delivery` for a software interrupt. */
  | { readonly kind: 'retired'; readonly delivery: Delivery | undefined }
  /** It raised an exception instead. */
  | { readonly kind: 'raised'; readonly delivery: Delivery }
  | { readonly kind: 'shutdown' }
  /** Nothing that kvmtrace can do in KVM's place. */
  | { readonly kind: 'refused' };

/** Bit 1 of an error code: the index is one of the IDT. */
const ERROR_CODE_IDT = 2;

/** Carries out `code`, which KVM has just refused; nothing has changed yet. */
export function emulate(control: VcpuControl, server: AccessServer, code: Code): EmulationResult {
  const { flow, branchMsr } = code.class;
  if (flow === Flow.softwareInterrupt) return softwareInterrupt(control, server, code);
  if (flow === Flow.interruptReturn && isProtected(control.words) && !isLong(control.words)) {
    const result = interruptReturn(control, code.class);
    control.stepPlainly();
    if (result === 'refused') return { kind: 'refused' };
    if (result === 'done') return { kind: 'retired', delivery: undefined };
    return raise(control, server, result);
  }
  // AMD's processors have SYSENTER in no long mode, and KVM refuses instead of raising #UD (em_sysenter).
  if (flow === Flow.systemCall && branchMsr !== 0 && isLong(control.words)) {
    return raise(control, server, { vector: INVALID_OPCODE, isFault: true });
  }
  return { kind: 'refused' };
}

function softwareInterrupt(
  control: VcpuControl,
  server: AccessServer,
  code: Code,
): EmulationResult {
  const { vector } = code.class;
  const gate = gateOf(vector, control.words, control.memory);
  const errorCode = vector * 8 + ERROR_CODE_IDT;
  if (gate === undefined) {
    return raise(control, server, { vector: gateFault(control, vector), errorCode });
  }
  const isPrivileged = isInt1(code) || gate.dpl >= privilegeOf(control.words);
  if (isProtected(control.words) && !isPrivileged) {
    return raise(control, server, { vector: GENERAL_PROTECTION, errorCode });
  }
  const reached = deliverInjected(control, server, vector, () => {
    control.words[RIP] = code.nextLow;
    control.words[RIP + 1] = code.nextHigh;
    control.writeBack();
    if (control.stepsByTrapFlag) injectException(control, { vector });
    else injectSoftwareInterrupt(control, vector);
  });
  if (reached === undefined) return { kind: 'refused' };
  if (reached === 'shutdown') return { kind: 'shutdown' };
  if (reached.vector !== vector) {
    return { kind: 'raised', delivery: { ...describeFault(control, reached), assisted: true } };
  }
  cleanFrame(control, gate, false);
  const rip = wide(code.nextLow, code.nextHigh);
  return {
    kind: 'retired',
    delivery: { kind: 'software', vector, errorCode: undefined, rip, assisted: true },
  };
}

/** #NP for a gate that is not present, #GP for one beyond the table or that is no gate. */
function gateFault(control: VcpuControl, vector: number): number {
  const entry = gateEntry(vector, control.words, control.memory);
  const isGate = entry !== undefined && isGateType(entry);
  return isGate ? NOT_PRESENT : GENERAL_PROTECTION;
}

function raise(
  control: VcpuControl,
  server: AccessServer,
  exception: RaisedException,
): EmulationResult {
  const reached = deliverInjected(control, server, exception.vector, () => {
    injectException(control, exception);
  });
  if (reached === undefined) return { kind: 'refused' };
  if (reached === 'shutdown') return { kind: 'shutdown' };
  return { kind: 'raised', delivery: { ...describeFault(control, reached), assisted: true } };
}
