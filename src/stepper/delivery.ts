/**
 * Exceptions and interrupts, taken apart from the instructions around them. KVM gives a debug exit
 * only after the first instruction of the handler, so that two things have happened in one exit:
 * the step is undone and run again with breakpoints on the gates, which stop before the handler's
 * first instruction (kvm-stepping rules 5 and 6).
 */
import { EXIT } from '../kvm/abi/exit-reason.js';
import { Flow } from '../x86/classify.js';
import type { AccessServer } from './access-server.js';
import type { Code } from './code-cache.js';
import { gateOf, handlerAddress, type Gate } from './gates.js';
import { stackTop } from './expected-rip.js';
import { highWord, isLong, isProtected, lowWord, RIP, wide } from './machine-words.js';
import { INTERRUPTED, type VcpuControl } from './vcpu-control.js';

/** An exception or interrupt as it was delivered. */
export interface Delivery {
  readonly kind: 'fault' | 'trap' | 'interrupt' | 'software';
  readonly vector: number;
  readonly errorCode: number | undefined;
  /** rip that was interrupted: where the handler will return to. */
  readonly rip: bigint;
  /** True where kvmtrace did it in KVM's place. */
  readonly assisted: boolean;
}

/** Hardware breakpoints there are. */
const BREAKPOINTS = 4;

const DIVIDE_ERROR = 0;
const INVALID_OPCODE = 6;
const DOUBLE_FAULT = 8;
const NOT_PRESENT = 11;
const GENERAL_PROTECTION = 13;
const PAGE_FAULT = 14;

/** Exceptions with an error code (SDM vol. 3, table 7-1). */
const WITH_ERROR_CODE = new Set([
  DOUBLE_FAULT,
  10,
  NOT_PRESENT,
  12,
  GENERAL_PROTECTION,
  PAGE_FAULT,
  17,
  21,
]);

/** Every exception an instruction can raise, likely ones first. */
const VECTORS = [
  PAGE_FAULT, GENERAL_PROTECTION, INVALID_OPCODE, DIVIDE_ERROR, 12, NOT_PRESENT, 7, 10,
  DOUBLE_FAULT, 16, 19, 17, 5, 4, 1, 3, 18, 20, 21,
]; // prettier-ignore

/** Iterations of a REP instruction that may come before its exception. */
const MAX_EXITS = 1 << 22;

/** How a run to a gate ended. */
export type GateRun = Gate | 'shutdown' | 'elsewhere';

/** Runs the undone step again until it has delivered the exception that it must have raised. */
export function deliverException(
  control: VcpuControl,
  server: AccessServer,
  code: Code | undefined,
): Delivery | 'shutdown' | undefined {
  server.abandon();
  const byAddress = presentGates(control, code);
  const addresses = [...byAddress.keys()];
  for (let i = 0; i < addresses.length; i += BREAKPOINTS) {
    control.undo();
    const group = addresses.slice(i, i + BREAKPOINTS).map((address) => byAddress.get(address)![0]!);
    const reached = runToGate(control, server, group);
    if (reached === 'shutdown') return 'shutdown';
    if (reached !== 'elsewhere') {
      return describeDelivery(
        control,
        byAddress.get(handlerAddress(reached, control.words)) ?? [reached],
      );
    }
  }
  return undefined;
}

/**
 * Delivers an external interrupt. A gate that cannot be passed raises #NP or #GP instead, and those
 * perhaps a double fault: breakpoints stand on their gates too.
 */
export function deliverInterrupt(
  control: VcpuControl,
  server: AccessServer,
  vector: number,
): Delivery | 'shutdown' | undefined {
  const gates = [vector, NOT_PRESENT, GENERAL_PROTECTION, DOUBLE_FAULT]
    .map((candidate) => gateOf(candidate, control.words, control.memory))
    .filter((gate) => gate !== undefined);
  const rip = wide(control.before[RIP]!, control.before[RIP + 1]!);
  control.vcpu.interrupt(vector);
  const reached = runToGate(control, server, gates);
  if (reached === 'shutdown') return 'shutdown';
  if (reached === 'elsewhere') return undefined;
  if (reached.vector === vector) {
    return { kind: 'interrupt', vector, errorCode: undefined, rip, assisted: false };
  }
  return describeDelivery(control, [reached]);
}

/** Whether the vCPU stands before the first instruction of a gate's handler. */
export function standsAt(gate: Gate, words: Int32Array): boolean {
  return words[RIP] === lowWord(gate.offset) && words[RIP + 1] === highWord(gate.offset);
}

/** Delivers what was injected through KVM_SET_VCPU_EVENTS, up to one of `gates`. */
export function deliverInjected(
  control: VcpuControl,
  server: AccessServer,
  gates: readonly Gate[],
): Gate | 'shutdown' | undefined {
  const reached = runToGate(control, server, gates);
  return reached === 'elsewhere' ? undefined : reached;
}

/** Steps with breakpoints on the gates until one of them is reached. */
function runToGate(control: VcpuControl, server: AccessServer, gates: readonly Gate[]): GateRun {
  const { words } = control;
  server.rewind();
  control.stepAndBreak(gates.map((gate) => handlerAddress(gate, words)));
  try {
    for (let exits = 0; exits < MAX_EXITS; exits++) {
      const result = control.enter();
      if (result === INTERRUPTED) continue;
      if (result < 0) return 'elsewhere';
      const reason = control.exitReason;
      if (reason === EXIT.KVM_EXIT_DEBUG) {
        const gate = gates.find((candidate) => standsAt(candidate, words));
        if (gate !== undefined) return gate;
        if (!control.stayed) return 'elsewhere';
      } else if (reason === EXIT.KVM_EXIT_SHUTDOWN) {
        return 'shutdown';
      } else if (control.exitIsAccess && control.stayed) {
        if (server.serve() < 0) return 'elsewhere';
      } else if (reason !== EXIT.KVM_EXIT_DIRTY_RING_FULL) {
        server.abandon();
        return 'elsewhere';
      }
    }
    return 'elsewhere';
  } finally {
    server.stopReplaying();
    control.stepPlainly();
  }
}

/** Gates that are there, by the address of their handler; several vectors can share one. */
function presentGates(control: VcpuControl, code: Code | undefined): Map<bigint, Gate[]> {
  const byAddress = new Map<bigint, Gate[]>();
  const vectors =
    code === undefined || code.class.flow !== Flow.undefined
      ? VECTORS
      : [INVALID_OPCODE, ...VECTORS];
  for (const vector of new Set(vectors)) {
    const gate = gateOf(vector, control.before, control.memory);
    if (gate === undefined) continue;
    const address = handlerAddress(gate, control.before);
    const sharing = byAddress.get(address);
    if (sharing === undefined) byAddress.set(address, [gate]);
    else sharing.push(gate);
  }
  return byAddress;
}

/** The delivery of a fault whose handler the vCPU stands at. */
export function faultAt(control: VcpuControl, gate: Gate): Delivery {
  return describeDelivery(control, [gate]);
}

/** Reads the vector and the error code off the frame that was pushed. */
function describeDelivery(control: VcpuControl, sharing: readonly Gate[]): Delivery {
  const { before, words } = control;
  const rip = wide(before[RIP]!, before[RIP + 1]!);
  const frame = readFrame(control);
  const hasErrorCode = frame.errorCode !== undefined;
  const gate =
    sharing.find(({ vector }) => WITH_ERROR_CODE.has(vector) === hasErrorCode) ?? sharing[0]!;
  const carries = isProtected(words) && WITH_ERROR_CODE.has(gate.vector);
  return {
    kind: 'fault',
    vector: gate.vector,
    errorCode: carries ? frame.top : undefined,
    rip,
    assisted: false,
  };
}

/** The word on top of the stack; an error code where the return address lies above it. */
function readFrame(control: VcpuControl): { top: number; errorCode: number | undefined } {
  const { words, before, memory } = control;
  const size = !isProtected(words) ? 2 : isLong(words) ? 8 : 4;
  const base = stackTop(words);
  const top = memory.readNumber(base, size) ?? 0n;
  const above = memory.readNumber(base + BigInt(size), size) ?? 0n;
  const rip = BigInt.asUintN(size * 8, wide(before[RIP]!, before[RIP + 1]!));
  const cut = (value: bigint): bigint => BigInt.asUintN(size * 8, value);
  const topNumber = Number(BigInt.asUintN(32, top));
  const isErrorCode = cut(above) === rip && cut(top) !== rip;
  return { top: topNumber, errorCode: isErrorCode ? topNumber : undefined };
}
