/**
 * Trace events in JSON, for chrome://tracing, ui.perfetto.dev and speedscope: "Trace Event Format" of the
 * Chromium project. A step takes one microsecond, so that times are numbers of steps.
 */
import { toolVersion } from '../base/package-root.js';
import { singleFile, type Chunk, type ExportSource } from './exporter.js';
import { guestName } from './function-name.js';
import { COUNTERS, timeline, type TimelineEvent } from './timeline.js';

/** For chrome://tracing. */
export const chrome = singleFile(chunks);

const PLACE = { pid: 1, tid: 1 };

function* chunks(source: ExportSource): Generator<Chunk> {
  const { trace, from, to } = source;
  const about = { exporter: `kvmtrace ${toolVersion}`, first_step: from, end_step: to };
  yield `{"displayTimeUnit":"ns","otherData":${JSON.stringify(about)},"traceEvents":[\n`;
  yield JSON.stringify(named('process_name', guestName(trace)));
  yield `,\n${JSON.stringify(named('thread_name', 'vCPU 0'))}`;
  for (const event of timeline(source)) {
    const written = traceEvent(event);
    if (written !== undefined) yield `,\n${JSON.stringify(written)}`;
  }
  yield '\n]}\n';
}

function named(what: 'process_name' | 'thread_name', name: string): object {
  return { name: what, ph: 'M', ts: 0, ...PLACE, args: { name } };
}

/** Undefined for the ends of calls, which their beginnings tell. */
function traceEvent(event: TimelineEvent): object | undefined {
  switch (event.kind) {
    case 'enter': {
      const { name, category, at, end, details } = event;
      return { name, cat: category, ph: 'X', ts: at, dur: end - at, ...PLACE, args: details };
    }
    case 'leave':
      return undefined;
    case 'instant': {
      const { name, category, at, details } = event;
      return { name, cat: category, ph: 'i', s: 't', ts: at, ...PLACE, args: details };
    }
    case 'counter': {
      const name = COUNTERS[event.counter];
      return { name, ph: 'C', ts: event.at, ...PLACE, args: { [event.counter]: event.value } };
    }
  }
}
