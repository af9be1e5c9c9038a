import type { RecordResult } from '../recorder/options.js';
import { formatBytes } from '../base/number-text.js';
import { printable } from '../base/printable.js';

/** The last line: `1234567 steps, stopped by hlt (…), 131000 steps/s, 38.2 MB in t.db`. */
export function recordingSummary(result: RecordResult, output: string): string {
  const { steps, keptSteps, stopReason, detail, stepsPerSecond, fileBytes } = result;
  const why =
    detail === '' ? stopReason : `${stopReason} (${printable(detail).replace(/\.$/, '')})`;
  if (result.exits !== undefined) {
    return `${result.exits} exits, stopped by ${why}, ${result.seconds.toFixed(1)} s, ${formatBytes(fileBytes)} in ${printable(output)}`;
  }
  const kept = keptSteps === steps ? '' : `, the last ${keptSteps} kept`;
  return `${steps} steps${kept}, stopped by ${why}, ${Math.round(stepsPerSecond)} steps/s, ${formatBytes(fileBytes)} in ${printable(output)}`;
}
