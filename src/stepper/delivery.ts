/**
 * Exceptions and interrupts, taken apart from the instructions around them. KVM gives a debug exit
 * only after the first instruction of the handler, so that two things have happened in one exit:
 * the step is undone and run again with the gates turned to trampolines, which stop before the handler's
 * first instruction (kvm-stepping rules 5 and 6).
 */
import { wide } from '../base/halves.js';
import { EXIT } from '../kvm/abi/exit-reason.js';
import { Flow } from '../x86/instruction-class.js';
import type { AccessServer } from './access-server.js';
import type { Code } from './code-cache.js';
import type { Delivery } from './delivered.js';
import { stackTop } from './expected-rip.js';
import { gateOf, hasErrorCode, type Gate } from './gates.js';
import {
  ARITHMETIC_FLAGS,
  isProtected,
  RFLAGS,
  RFLAGS_RF,
  RFLAGS_TF,
  RIP,
  RSP,
} from '../machine/register-words.js';
import { cleanTaskLeft, describeTaskFault, taskGates, type TaskGate } from './task-gates.js';
import { makeTasksWritable } from './task-pages.js';
import { mendWriteFault } from './write-fault.js';
import { Trampolines, enterHandler, type WatchedTasks } from './trampolines.js';
import { INTERRUPTED, type VcpuControl } from './vcpu-control.js';

const INVALID_OPCODE = 6;
const PAGE_FAULT = 14;

/** Every exception an instruction can raise, likely ones first: #PF, #GP, #UD, #DE … */
const VECTORS = [14, 13, INVALID_OPCODE, 0, 12, 11, 7, 10, 8, 16, 19, 17, 5, 4, 1, 3, 18, 20, 21];

/** Iterations of a REP instruction that may come before its exception. */
const MAX_EXITS = 1 << 22;

type Groups = readonly (readonly Gate[])[];

/** What a delivery has gone through. */
type Reached = Gate | TaskGate;

/** How a run with trampolines ended. */
type TrampolineRun = readonly Gate[] | readonly TaskGate[] | 'shutdown' | 'elsewhere';

/** Runs the undone step again until it has delivered the exception that it must have raised. */
export function deliverException(
  control: VcpuControl,
  server: AccessServer,
  code: Code | undefined,
): Delivery | 'shutdown' | undefined {
  server.abandon();
  const watched = { groups: exceptionGroups(control, code), tasks: taskGates(control, VECTORS) };
  const reached = reachGate(control, server, watched, () => {
    control.undo();
    makeTasksWritable(control, watched.tasks);
  });
  return typeof reached === 'object' ? describeReached(control, reached, code) : reached;
}

/** The fault of the step; undefined where stepping was lost, and something later raised it. */
function describeReached(
  control: VcpuControl,
  reached: Reached,
  code?: Code,
): Delivery | undefined {
  if (isTaskGate(reached)) return describeTaskFault(control, reached);
  return returnsToStep(control, reached) ? describeFault(control, reached, code) : undefined;
}

function isTaskGate(reached: Reached): reached is TaskGate {
  return 'task' in reached;
}

/**
 * Delivers an external interrupt. A gate that cannot be passed raises #NP or #GP instead, and those
 * perhaps a double fault.
 */
export function deliverInterrupt(
  control: VcpuControl,
  server: AccessServer,
  vector: number,
): Delivery | 'shutdown' | undefined {
  const rip = wide(control.before[RIP]!, control.before[RIP + 1]!);
  const reached = reachGate(control, server, deliveryGates(control, vector), (again) => {
    if (again) control.undo();
    control.vcpu.interrupt(vector);
  });
  if (typeof reached !== 'object') return reached;
  if (reached.vector !== vector) return describeReached(control, reached);
  if (isTaskGate(reached)) cleanTaskLeft(control);
  else cleanFrame(control, reached, false);
  return { kind: 'interrupt', vector, errorCode: undefined, rip, assisted: false };
}

/**
 * Runs an instruction that goes through a gate. Returns true if the vCPU stands at the handler;
 * otherwise as `stepIntoException` does.
 */
export function stepThroughGate(
  control: VcpuControl,
  gate: Gate,
  code: Code,
): true | Delivery | number | undefined {
  // Where a handler would run unstepped, that of an exception on the way would too.
  const others = control.stepsByTrapFlag ? exceptionGroups(control, code) : [];
  const groups = [[gate], ...others.filter(([other]) => other?.vector !== gate.vector)];
  const trampolines = new Trampolines(control, groups, { tasks: taskGates(control, VECTORS) });
  control.stepAndBreak(trampolines.addresses);
  let result: number;
  let reached: readonly Gate[] | undefined;
  try {
    result = enterUntilDelivered(control);
    reached = result === 0 ? trampolines.steppedTo : undefined;
  } finally {
    trampolines.restore();
  }
  const [entered] = reached ?? [];
  if (entered !== undefined) enterHandler(control, entered);
  control.stepPlainly();
  if (entered === undefined) return result;
  if (entered !== gate) return describeReached(control, entered, code);
  cleanFrame(control, gate, false);
  return true;
}

/**
 * Runs a step that probably ends in an exception, so that nothing has to be undone. Returns the
 * exception, or `enter`'s result for an exit that is still to be looked at, or undefined where it was
 * one of several exceptions.
 */
export function stepIntoException(
  control: VcpuControl,
  code: Code | undefined,
): Delivery | number | undefined {
  const groups = exceptionGroups(control, code).slice(0, control.maxBreakpoints);
  const tasks = taskGates(control, VECTORS);
  makeTasksWritable(control, tasks);
  const trampolines = new Trampolines(control, groups, { tasks });
  control.stepAndBreak(trampolines.addresses);
  let result: number;
  let reached: readonly Reached[] | undefined;
  try {
    result = enterUntilDelivered(control);
    reached = result === 0 ? (trampolines.reached ?? trampolines.reachedTasks) : undefined;
  } finally {
    trampolines.restore();
  }
  const gate = reached?.length === 1 ? reached[0] : undefined;
  if (gate !== undefined && !isTaskGate(gate)) enterHandler(control, gate);
  control.stepPlainly();
  if (gate !== undefined) return describeReached(control, gate, code);
  return reached === undefined ? result : undefined;
}

/** KVM_RUN. A signal can come after the delivery, and before the breakpoint. */
function enterUntilDelivered(control: VcpuControl): number {
  let result = control.enter();
  while (result === INTERRUPTED && !control.stayed) result = control.enter();
  return result;
}

/**
 * Delivers what `inject` hands to KVM, to the gate of `vector` or that of an exception on the way.
 * `inject` is called again, with the step undone, where it takes several runs to tell.
 */
export function deliverInjected(
  control: VcpuControl,
  server: AccessServer,
  vector: number,
  inject: () => void,
): Gate | 'shutdown' | undefined {
  const { groups } = deliveryGates(control, vector);
  const reached = reachGate(control, server, { groups, tasks: [] }, (again) => {
    if (again) control.undo();
    inject();
  });
  // No task is watched.
  return reached as Gate | 'shutdown' | undefined;
}

/** Runs until one gate is known to have been gone through; `begin` starts each run. */
function reachGate(
  control: VcpuControl,
  server: AccessServer,
  { groups, tasks }: { readonly groups: Groups; readonly tasks: readonly TaskGate[] },
  begin: (again: boolean) => void,
): Reached | 'shutdown' | undefined {
  let pending = groups;
  for (let run = 0; pending.length > 0 || (run === 0 && tasks.length > 0); run++) {
    begin(run > 0);
    const watched = pending.slice(0, control.maxBreakpoints);
    const reached = runToTrampolines(control, server, watched, { tasks });
    if (reached === 'shutdown') return reached;
    if (reached === 'elsewhere') pending = pending.slice(control.maxBreakpoints);
    else if (reached.length === 1) return reached[0]!;
    else if (areTaskGates(reached)) return tellTask(control, server, reached, begin);
    else pending = split(reached, control.maxBreakpoints);
  }
  return undefined;
}

function areTaskGates(reached: readonly Reached[]): reached is readonly TaskGate[] {
  return reached.every(isTaskGate);
}

/** Which of several gates to one task it was: the one through which it is still reached alone. */
function tellTask(
  control: VcpuControl,
  server: AccessServer,
  candidates: readonly TaskGate[],
  begin: (again: boolean) => void,
): TaskGate | undefined {
  return candidates.find((candidate) => {
    begin(true);
    const closed = candidates.filter((other) => other !== candidate);
    return Array.isArray(runToTrampolines(control, server, [], { tasks: [candidate], closed }));
  });
}

/** Steps with gates turned to trampolines until one is reached, and enters the handler if it is alone. */
function runToTrampolines(
  control: VcpuControl,
  server: AccessServer,
  groups: Groups,
  tasks: WatchedTasks,
): TrampolineRun {
  server.rewind();
  const trampolines = new Trampolines(control, groups, tasks);
  control.stepAndBreak(trampolines.addresses);
  let run: TrampolineRun = 'elsewhere';
  try {
    run = runOn(control, server, trampolines);
  } finally {
    trampolines.restore();
    server.stopReplaying();
    if (Array.isArray(run) && run.length === 1) {
      const [gate] = run as [Reached];
      if (!isTaskGate(gate)) enterHandler(control, gate);
    }
    control.stepPlainly();
  }
  return run;
}

function runOn(
  control: VcpuControl,
  server: AccessServer,
  trampolines: Trampolines,
): TrampolineRun {
  for (let exits = 0; exits < MAX_EXITS; exits++) {
    const result = control.enter();
    if (result === INTERRUPTED) continue;
    if (result < 0) return 'elsewhere';
    const reason = control.exitReason;
    if (reason === EXIT.KVM_EXIT_DEBUG) {
      const gates = trampolines.reached ?? trampolines.reachedTasks;
      if (gates !== undefined) return gates;
      if (!control.stayed) return 'elsewhere';
    } else if (reason === EXIT.KVM_EXIT_SHUTDOWN) {
      return 'shutdown';
    } else if (control.exitIsAccess && control.stayed) {
      if (server.serve() < 0) return 'elsewhere';
    } else if (reason === EXIT.KVM_EXIT_HLT && control.stayed) {
      // A stale halt: that of the handler's HLT, which was undone (rule 1).
    } else if (reason !== EXIT.KVM_EXIT_DIRTY_RING_FULL) {
      server.abandon();
      return 'elsewhere';
    }
  }
  return 'elsewhere';
}

/** The gates of every exception, in groups that one run can tell apart; likely ones alone. */
function exceptionGroups(control: VcpuControl, code: Code | undefined): Groups {
  const first = code?.class.flow === Flow.undefined ? [INVALID_OPCODE] : [];
  return likelyAlone(control, [...first, ...VECTORS]);
}

/** The gates that the delivery of a vector can go through. */
function deliveryGates(
  control: VcpuControl,
  vector: number,
): { groups: Groups; tasks: readonly TaskGate[] } {
  const vectors = [vector, 13, 8, 14, 12, 11, 10];
  return { groups: likelyAlone(control, vectors), tasks: taskGates(control, vectors) };
}

/** All but the first three gates share groups: one for each base of their code segments. */
function likelyAlone(control: VcpuControl, vectors: readonly number[]): Groups {
  const gates = [...new Set(vectors)]
    .map((vector) => gateOf(vector, control.before, control.memory))
    .filter((gate) => gate !== undefined);
  const most = control.maxBreakpoints - 1;
  const alone = gates.slice(0, most).map((gate) => [gate]);
  const byBase = new Map<bigint, Gate[]>();
  for (const gate of gates.slice(most)) {
    const sharing = byBase.get(gate.base);
    if (sharing === undefined) byBase.set(gate.base, [gate]);
    else sharing.push(gate);
  }
  return [...alone, ...byBase.values()];
}

function split(gates: readonly Gate[], most: number): Groups {
  const size = Math.ceil(gates.length / most);
  return Array.from({ length: Math.ceil(gates.length / size) }, (_, i) =>
    gates.slice(i * size, (i + 1) * size),
  );
}

/** The delivery of a fault whose handler the vCPU stands at, with the error code off its frame. */
export function describeFault(control: VcpuControl, gate: Gate, code?: Code): Delivery {
  const { before, words, memory } = control;
  const carries = isProtected(words) && hasErrorCode(gate.vector);
  cleanFrame(control, gate, carries);
  if (control.stepsByTrapFlag) markFault(control, gate, carries);
  const top = carries ? memory.readNumber(stackTop(words), gate.slotSize) : undefined;
  let errorCode = carries ? Number((top ?? 0n) & 0xffffffffn) : undefined;
  if (gate.vector === PAGE_FAULT && code !== undefined && errorCode !== undefined) {
    errorCode = mendWriteFault(control, code, errorCode);
  }
  return {
    kind: 'fault',
    vector: gate.vector,
    errorCode,
    rip: wide(before[RIP]!, before[RIP + 1]!),
    assisted: false,
  };
}

/** Whether the frame that was just pushed returns to the instruction of the step, as a fault's does. */
function returnsToStep(control: VcpuControl, gate: Gate): boolean {
  const { before, words, memory } = control;
  const carries = isProtected(words) && hasErrorCode(gate.vector);
  const size = slotSize(control, gate, carries ? 4 : 3);
  const at = stackTop(words) + BigInt(carries ? size : 0);
  const pushed = memory.readNumber(at, size);
  const rip = wide(before[RIP]!, before[RIP + 1]!);
  return pushed === undefined || BigInt.asUintN(8 * size, pushed ^ rip) === 0n;
}

/** Takes the TF that stepping sets out of the flags of a frame that was just pushed. */
export function cleanFrame(control: VcpuControl, gate: Gate, hasErrorCode: boolean): void {
  const { words, memory } = control;
  // ip, cs, flags from the top on, above an error code.
  const slots = hasErrorCode ? 4 : 3;
  const flags = stackTop(words) + BigInt(slotSize(control, gate, slots) * (slots - 1));
  const pushed = memory.readNumber(flags, 2);
  if (pushed === undefined || (pushed & BigInt(RFLAGS_TF)) === 0n) return;
  control.writeByte(flags + 1n, Number((pushed >> 8n) & 0xfen));
}

/** Exceptions that are no faults: #DB can be a trap, #MC is an abort. */
const NOT_FAULTS = new Set([1, 18]);

/**
 * The frame of a fault has RF set (SDM vol. 3, 19.3.1.1), which QEMU leaves out (seen in 7.2), and the flags
 * of before the instruction. After iterations of REP CMPS that were stepped, and where RCL has rotated and
 * cannot store (carry-rotation.ts), it has others.
 */
function markFault(control: VcpuControl, gate: Gate, hasErrorCode: boolean): void {
  if (NOT_FAULTS.has(gate.vector)) return;
  const { words, before, memory } = control;
  const slots = hasErrorCode ? 4 : 3;
  const at = stackTop(words) + BigInt(slotSize(control, gate, slots) * (slots - 1));
  const size = gate.slotSize === 2 ? 2 : 4;
  const read = memory.readNumber(at, size);
  if (read === undefined) return;
  const pushed = Number(BigInt.asUintN(8 * size, read));
  const arithmetic = (pushed & ~ARITHMETIC_FLAGS) | (before[RFLAGS]! & ARITHMETIC_FLAGS);
  const right = size === 2 ? arithmetic : arithmetic | RFLAGS_RF;
  for (let i = 0; i < size; i++) {
    const [is, was] = [right, pushed].map((flags) => (flags >>> (8 * i)) & 0xff);
    if (is !== was) control.writeByte(at + BigInt(i), is!);
  }
}

/** PVM's emulator pushes 32-bit words through 16-bit gates of protected mode too (observed). */
function slotSize({ words, before }: VcpuControl, gate: Gate, slots: number): number {
  const isWide = isProtected(words) && before[RSP]! - words[RSP]! === 4 * slots;
  return gate.slotSize === 2 && isWide ? 4 : gate.slotSize;
}
