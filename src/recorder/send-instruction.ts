import type { Code } from '../stepper/code-cache.js';
import type { EventStream } from '../trace/write/stream.js';

/** Sends an instruction that was never met before. */
export function sendInstruction(stream: EventStream, code: Code): void {
  stream.instruction(
    code.id,
    code.mode,
    [code.ripLow, code.ripHigh],
    [code.linearLow, code.linearHigh],
    code.bytes,
  );
}
