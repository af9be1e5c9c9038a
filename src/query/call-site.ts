/** Where in its caller a call was made, or what an interruption interrupted. */
import type { Call } from '../trace/read/derived-reader.js';
import type { TraceFile } from '../trace/read/trace-file.js';

const INTERRUPTIONS: ReadonlySet<Call['kind']> = new Set(['fault', 'trap', 'interrupt', 'nmi']);

/**
 * The linear address of the instruction that made a call: of a tail call, that to the function which
 * it took the place of. Of an interruption, the instruction that the handler would return to.
 * Undefined for a call that none was around.
 */
export function callSite(file: TraceFile, call: Call): bigint | undefined {
  if (call.parent === undefined) return undefined;
  const parent = file.derived.rows.call(call.parent);
  if (parent === undefined) return undefined;
  const step = lastOwnStep(file, parent, call.firstStep);
  // Interrupted before its first instruction.
  if (step === undefined) return parent.address;
  const { instruction } = file.instructions.steps(step, step + 1)[0]!;
  if (!INTERRUPTIONS.has(call.kind)) return instruction.address;
  const [first] = file.events.interruptions(call.firstStep, call.firstStep + 1);
  if (first === undefined) return instruction.address;
  // The trace has offsets; the code segment is that of what ran before.
  return BigInt.asUintN(64, first.rip + instruction.address - instruction.rip);
}

/** The newest step before `before` that is in a call and in none that it made. */
function lastOwnStep(file: TraceFile, parent: Call, before: number): number | undefined {
  const { rows } = file.derived;
  let step = before - 1;
  while (step >= parent.firstStep) {
    let call = rows.newestCall(step);
    while (call !== undefined && call.id > parent.id && call.parent !== parent.id) {
      call = call.parent === undefined ? undefined : rows.call(call.parent);
    }
    // Beside the parent itself, a call that is over was made in it and has returned to it.
    if (call === undefined || call.id <= parent.id || call.lastStep < step) return step;
    step = call.firstStep - 1;
  }
  return undefined;
}
