/**
 * Runs a guest of the doctor as the stepper would and writes down, exit by exit, what KVM did: a
 * signature such as `in@0 debug@1`, the kind of each exit and where rip stood.
 */
import { hex } from '../base/number-text.js';
import type { VcpuExit } from '../kvm/exit.js';
import { addressOf, startGuest, type ParsedLine, type Place, type DoctorGuest } from './guest.js';
import { CODE, HANDLER_BYTES, HANDLERS, SYSCALL_ENTRY } from './layout.js';
import type { SmallVm } from './small-vm.js';
import { MSR_FMASK } from '../x86/control-bits.js';
import { FLAG_BITS } from '../x86/flag-bits.js';

/** What the recorder injects before an attempt enters the guest. */
export type Injection =
  | { readonly interrupt: number }
  | { readonly softwareInterrupt: number }
  | { readonly exception: number; readonly errorCode: number }
  | 'nmi';

/** One way to run a guest. */
export interface Attempt {
  /** Single step, single step with a breakpoint at `at`, or neither. */
  readonly how: 'step' | 'break' | 'free';
  readonly at?: Place;
  /** Plain steps before that. */
  readonly after?: number;
  /** Ends the attempt when rip gets there. */
  readonly until?: Place;
  /** TF is neither in IA32_FMASK nor missing in R11: SYSCALL and SYSRET leave it set. */
  readonly keepsTrapFlag?: true;
  /** What is injected then. */
  readonly inject?: Injection;
  /** KVM_RUNs to look at; completing an access does not count. */
  readonly exits: number;
}

const EINTR = -4;
/** Pieces of one access. */
const MAX_PIECES = 4096;
/** What every read of a port or of MMIO gives. */
export const READ_BYTE = 0x5a;

/** B0–B3: the debug exit is that of a breakpoint (SDM vol. 3, 19.2.3). */
const DR6_BREAKPOINTS = 0xfn;

const FATAL = /^(?:shutdown|internal-error|fail-entry|unknown|errno)/;

/** Whether a run ended in a way after which the vCPU had better be thrown away. */
export function isFatal(exits: readonly string[]): boolean {
  return exits.some((exit) => FATAL.test(exit));
}

/** Nothing would come of running on: a refused instruction is refused again (rule 8). */
function isOver(exits: readonly string[]): boolean {
  return isFatal(exits) || exits.at(-1)?.startsWith('refused') === true;
}

/** The exits of one attempt. */
export function runAttempt(vm: SmallVm, guest: DoctorGuest, attempt: Attempt): string[] {
  const lines = startGuest(vm, guest);
  vm.step();
  for (let i = 0; i < (attempt.after ?? 0); i++) vm.enter();
  if (attempt.how === 'free') vm.runFreely();
  if (attempt.how === 'break') vm.step(addressOf(attempt.at!, lines));
  if (attempt.keepsTrapFlag === true) keepTrapFlag(vm);
  if (attempt.inject !== undefined) inject(vm, attempt.inject);
  const exits: string[] = [];
  for (let i = 0; i < attempt.exits && !isOver(exits); i++) {
    const kind = exitKind(vm, vm.enter());
    exits.push(`${kind}@${describePlace(vm, lines)}`);
    if (isAccess(kind)) complete(vm, lines, exits);
    if (attempt.until !== undefined && vm.place === addressOf(attempt.until, lines)) break;
  }
  return exits;
}

/** Completes an access and runs nothing further (rule 3): EINTR, or another exit before it. */
function complete(vm: SmallVm, lines: readonly ParsedLine[], exits: string[]): void {
  const { vcpu } = vm;
  for (let i = 0; i < MAX_PIECES; i++) {
    const exit = vcpu.run.exit();
    if (exit.kind === 'io' && exit.direction === 'in') vcpu.run.ioData().fill(READ_BYTE);
    if (exit.kind === 'mmio' && exit.direction === 'read') vcpu.run.mmioData().fill(READ_BYTE);
    vcpu.run.immediateExit = true;
    const result = vcpu.enter();
    vcpu.run.immediateExit = false;
    const kind = result === EINTR ? 'done' : exitKind(vm, result);
    exits.push(`${kind}@${describePlace(vm, lines)}`);
    if (!isAccess(kind)) return;
  }
}

function isAccess(kind: string): boolean {
  return kind === 'in' || kind === 'out' || kind === 'read' || kind === 'write';
}

function exitKind(vm: SmallVm, result: number): string {
  if (result < 0) return `errno${-result}`;
  const exit: VcpuExit = vm.vcpu.run.exit();
  switch (exit.kind) {
    case 'io':
    case 'mmio':
      return exit.direction;
    case 'internal-error':
      // Suberror 1: an instruction that KVM's emulator does not know (KVM api.rst, section 5).
      return exit.suberror === 1 ? 'refused' : `internal-error${exit.suberror}`;
    case 'debug':
      return (exit.dr6 & DR6_BREAKPOINTS) === 0n ? 'debug' : 'break';
    case 'hlt':
      return vm.takeStop() ? 'break' : exit.kind;
    case 'unknown':
      return `unknown${exit.reason}`;
    default:
      return exit.kind;
  }
}

/** Where rip stands: a line, a handler (`gate6`), an instruction of it (`gate6+1`), or an address. */
export function describePlace(vm: SmallVm, lines: readonly ParsedLine[]): string {
  const at = vm.place;
  const line = lines.findIndex(({ address }) => address === at);
  if (line >= 0) return String(line);
  const { address: lastAddress, bytes: lastBytes } = lines.at(-1)!;
  if (at === lastAddress + lastBytes.length) return 'end';
  if (at >= SYSCALL_ENTRY && at < SYSCALL_ENTRY + 4) return inside('syscall', at - SYSCALL_ENTRY);
  if (at >= HANDLERS && at < CODE) {
    const vector = Math.floor((at - HANDLERS) / HANDLER_BYTES);
    return inside(`gate${vector}`, (at - HANDLERS) % HANDLER_BYTES);
  }
  return hex(at);
}

/** Handlers are NOPs: a byte is an instruction. */
function inside(name: string, instructions: number): string {
  return instructions === 0 ? name : `${name}+${instructions}`;
}

/** As the stepper does before SYSCALL and SYSRET, where KVM steps by the trap flag. */
function keepTrapFlag(vm: SmallVm): void {
  const { vcpu } = vm;
  const [mask] = vcpu.getMsrs([MSR_FMASK]);
  if (mask !== undefined) {
    vcpu.setMsrs([{ index: MSR_FMASK, data: mask.data & ~BigInt(FLAG_BITS.tf) }]);
  }
  const regs = vcpu.getRegs();
  regs.r11 |= BigInt(FLAG_BITS.tf);
  vcpu.setRegs(regs);
  vm.step();
}

function inject(vm: SmallVm, injection: Injection): void {
  const { vcpu } = vm;
  if (injection === 'nmi') {
    vcpu.nmi();
    return;
  }
  if ('interrupt' in injection) {
    vcpu.interrupt(injection.interrupt);
    return;
  }
  const events = vcpu.getVcpuEvents();
  if ('exception' in injection) {
    const { exception: nr, errorCode } = injection;
    events.exception.assign({ injected: 1, pending: 0, nr, hasErrorCode: 1, errorCode });
  } else {
    events.interrupt.assign({ injected: 1, nr: injection.softwareInterrupt, soft: 1 });
  }
  vcpu.setVcpuEvents(events);
}
