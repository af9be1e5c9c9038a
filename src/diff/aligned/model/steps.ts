/** The instructions of a trace in order, with where exceptions and interrupts come in between. */
import { CHUNK_STEPS } from '../../../trace/read/step-columns.js';
import type { CodeModel } from './model.js';

/** Some thousand steps of a trace, as columns. */
export interface StepBatch {
  readonly first: number;
  readonly count: number;
  /** Instruction ids; `count` of them. Valid until the next batch. */
  readonly ids: Float64Array;
  /** By step: the address number of where a delivery before it returns to. */
  readonly interrupted: ReadonlyMap<number, number>;
}

/** All steps of a trace, batch by batch. */
export function* stepBatches(model: CodeModel): Generator<StepBatch> {
  const { file, stepCount } = model.side;
  const columns = file.stepColumns({ registers: [], memory: false });
  for (let first = 0; first < stepCount; first += CHUNK_STEPS) {
    const end = Math.min(stepCount, first + CHUNK_STEPS);
    const chunk = columns.read(first, end);
    const interrupted = new Map<number, number>();
    for (const { step, rip } of file.events.interruptions(first, end)) {
      // Segment bases are 0 but in real mode, where the code's own place is as good.
      interrupted.set(step, Math.max(0, model.placeOf(rip)));
    }
    yield { first, count: chunk.count, ids: chunk.instructions, interrupted };
  }
}
