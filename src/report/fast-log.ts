import { printable } from '../base/printable.js';
import type { FastLog } from '../trace/fast/fast-log.js';

/** What the log of a guest that ran unstepped says of itself, under the names that people have for it. */
export function fastLogFacts({ path, meta }: FastLog): [name: string, value: string][] {
  const text = (key: string): string => printable(String(meta.get(key) ?? 'unknown'));
  return [
    ['log', `${printable(path)}: a guest that ran unstepped; kvmtrace expand makes a trace of it`],
    ['complete', meta.get('complete') === 1 ? 'yes' : 'no'],
    ['exits', text('entries')],
    ['stretches', text('stretches')],
    ['device clock', 'accesses to ports and MMIO'],
    ['stopped by', `${text('stop_reason')}: ${text('stop_detail')}`],
    ['guest', `${text('guest')}, ${text('guest_format')}`],
    ['its SHA-256', text('guest_sha256')],
    ['host', `${text('host')}, Linux ${text('kernel')}`],
    ['recorded by', `kvmtrace ${text('tool_version')}`],
  ];
}
