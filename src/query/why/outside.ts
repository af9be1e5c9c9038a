import { hex } from '../../base/number-text.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import type { Flow } from '../../x86/dataflow/flow.js';
import type { Execution } from './operand-place.js';

/** `port 0x3f8`, `tsc` …: from where outside of the machine a step got what it wrote, if it did. */
export function outsideSource(
  file: TraceFile,
  execution: Execution,
  flow: Flow,
  step: number,
): string | undefined {
  const [input] = file.events.inputs(step, step + 1);
  if (input !== undefined && flow.target.kind === 'register') return input.kind;
  const port = file.events.ports(step, step + 1).find(({ direction }) => direction === 'in');
  if (port !== undefined && !movesPointer(flow)) return `port ${hex(port.port)}`;
  const mmio = file.events.mmio(step, step + 1).find(({ direction }) => direction === 'read');
  if (mmio === undefined) return undefined;
  const read = flow.sources.some(
    (operand) =>
      operand.kind === 'memory' &&
      execution
        .pieces(operand)
        .some(({ gpa, size }) => mmio.gpa < gpa + size && mmio.gpa + mmio.data.length > gpa),
  );
  return read ? `device memory at ${hex(mmio.gpa)}` : undefined;
}

/** INS also counts its registers on: those come from themselves. */
function movesPointer({ target, sources }: Flow): boolean {
  return target.kind === 'register' && sources[0] === target;
}
