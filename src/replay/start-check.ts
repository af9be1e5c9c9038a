import { wide } from '../base/halves.js';
import { hex } from '../base/number-text.js';
import { PAGE_BYTES } from '../base/page.js';
import { RIP } from '../machine/register-words.js';
import type { Stepper } from '../stepper/stepper.js';
import { REGISTER_MSR } from '../trace/format/registers.js';
import type { TraceFile } from '../trace/read/trace-file.js';
import { PhysicalMemory } from '../query/physical-memory.js';
import { registerDifferences, type Difference } from './divergence.js';
import { finalRip } from './end-check.js';
import type { ReplayMachine } from './machine.js';
import { compareBytes } from './snapshot-check.js';
import type { StepResult } from './step-result.js';

/** How a restored machine differs from the state that the trace has. */
export interface StartDifferences {
  readonly registers: readonly Difference[];
  /** Takes a descent of an index for each place that was ever written. */
  memory(): Difference[];
}

/** What differs between the restored machine, its registers sent to `result`, and the trace. */
export function startDifferences(
  trace: TraceFile,
  { machine, snapshot, hosts }: ReplayMachine,
  stepper: Stepper,
  result: StepResult,
): StartDifferences {
  const state = snapshot.step;
  trace.registers.checkInitial();
  // Another processor has other MSRs.
  const isComparable = (id: number): boolean => hosts.isSame || id < REGISTER_MSR;
  const recorded = trace.registers
    .values(state)
    .filter(({ id }) => isComparable(id))
    .map(({ id, value }) => [id, value] as const);
  const replayed = [...result.registers()].filter(([id]) => isComparable(id));
  const registers = registerDifferences(new Map(recorded), new Map(replayed));
  const [next] = trace.instructions.steps(state, state + 1);
  const recordedRip = next?.instruction.rip ?? finalRip(trace);
  const rip = wide(stepper.words[RIP]!, stepper.words[RIP + 1]!);
  if (recordedRip !== undefined && recordedRip !== rip) {
    registers.push({
      kind: 'instruction',
      recorded: `rip ${hex(recordedRip)}`,
      replayed: `rip ${hex(rip)}`,
    });
  }
  return {
    registers,
    memory: () => {
      const memory = new PhysicalMemory(trace);
      return trace.memory
        .writtenPages(state)
        .flatMap((page) =>
          compareBytes(
            page * PAGE_BYTES,
            memory.read(page * PAGE_BYTES, PAGE_BYTES, state),
            livePage(machine.slots, page),
          ),
        );
    },
  };
}

function livePage(slots: ReplayMachine['machine']['slots'], page: number): Uint8Array {
  const gpa = page * PAGE_BYTES;
  const slot = slots.find((each) => gpa >= each.gpa && gpa < each.gpa + each.size);
  return slot?.bytes.subarray(gpa - slot.gpa, gpa - slot.gpa + PAGE_BYTES) ?? new Uint8Array(0);
}
