import type { Interruption, InputValue, MmioAccess, PortAccess } from '../trace/read/events.js';
import type { TraceFile } from '../trace/read/trace-file.js';

/** What the guest got from outside at or before a step. */
export type RecentInput =
  | { readonly kind: 'port'; readonly step: number; readonly row: PortAccess }
  | { readonly kind: 'mmio'; readonly step: number; readonly row: MmioAccess }
  | { readonly kind: 'value'; readonly step: number; readonly row: InputValue }
  | { readonly kind: 'interrupt'; readonly step: number; readonly row: Interruption };

/** Steps looked through at first; twice as many each time after. */
const FIRST_WINDOW = 4096;

/** The last `count` inputs at steps up to, and including, `step`; in order. */
export function recentInputs({ events }: TraceFile, step: number, count: number): RecentInput[] {
  let found: RecentInput[] = [];
  for (let end = step + 1, window = FIRST_WINDOW; end > 0 && found.length < count; window *= 2) {
    const start = Math.max(0, end - window);
    const here: RecentInput[] = [
      ...events
        .interruptions(start, end)
        .filter(({ kind }) => kind === 'interrupt' || kind === 'nmi')
        .map((row) => ({ kind: 'interrupt' as const, step: row.step, row })),
      ...events
        .ports(start, end)
        .filter(({ direction }) => direction === 'in')
        .map((row) => ({ kind: 'port' as const, step: row.step, row })),
      ...events
        .mmio(start, end)
        .filter(({ direction }) => direction === 'read')
        .map((row) => ({ kind: 'mmio' as const, step: row.step, row })),
      ...events.inputs(start, end).map((row) => ({ kind: 'value' as const, step: row.step, row })),
    ];
    found = [...here.sort((a, b) => a.step - b.step), ...found];
    end = start;
  }
  return found.slice(-count);
}
