import { hostWords } from '../../query/host-words.js';
import { infoLines } from '../../query/info-words.js';
import type { TraceInfo } from '../../query/info.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import type { Command } from '../command.js';
import { toJson, type Jsonable } from '../../base/json.js';
import { formatBytes, hex } from '../../base/number-text.js';
import { printable } from '../../base/printable.js';
import type { Style } from '../../report/style.js';
import { single } from '../arguments/numbers.js';
import { formatOption, TEXT_OR_JSON, traceArgument } from '../arguments/options.js';

interface InfoArguments {
  readonly trace: string;
  readonly format: (typeof TEXT_OR_JSON)[number];
}

/** `kvmtrace info`. */
export const info: Command<InfoArguments> = {
  usage: 'info <trace>',
  summary: 'Tell what a trace is: guest, length, completeness, sizes',
  examples: [['$0 info t.db', 'What is in t.db']],
  options: (yargs) => yargs.positional('trace', traceArgument).option('format', formatOption),
  async run({ trace: path, format }, { out, style }) {
    const [{ openTrace }, { traceInfo }] = await Promise.all([
      import('../../trace/read/open.js'),
      import('../../query/info.js'),
    ]);
    const { FastLog } = await import('../../trace/fast/fast-log.js');
    if (FastLog.isOne(single(path, 'the trace'))) {
      using log = FastLog.open(single(path, 'the trace'));
      const { fastLogFacts } = await import('../../report/fast-log.js');
      const facts = fastLogFacts(log);
      if (format === 'json') await out.line(toJson(Object.fromEntries(facts), 2));
      else for (const [name, value] of facts) await out.line(`  ${name.padEnd(14)}${value}`);
      return 0;
    }
    using trace = openTrace(single(path, 'the trace'));
    const about = traceInfo(trace);
    if (format === 'json') await out.line(toJson(infoJson(about), 2));
    else for (const line of textLines(about, trace, style)) await out.line(line);
    return 0;
  },
};

/** A trace that something else has written to, or that an older kvmtrace recorded. */
const UNSEALED =
  'not known: not written by kvmtrace last, or by an older one; diff reads its rows, not its hashes';

function* textLines(about: TraceInfo, trace: TraceFile, style: Style): Generator<string> {
  const { path, stepCount, complete, sizeBytes, stopReason, stopDetail, slots, rows } = about;
  const perStep = stepCount === 0 ? '' : `, ${(sizeBytes / stepCount).toFixed(1)} bytes a step`;
  const packed =
    about.packedBytes === undefined ? '' : `; packed ${formatBytes(about.packedBytes)}`;
  const stopped = stopDetail === undefined ? stopReason : `${stopReason}: ${stopDetail}`;
  yield style.strong(printable(path));
  yield* table([
    ['steps', String(stepCount)],
    ['complete', complete ? 'yes' : incompleteText(about)],
    ['stopped by', printable(stopped)],
    ...(about.complete
      ? [['unaltered', about.unaltered ? 'yes' : UNSEALED] as [string, string]]
      : []),
    ['size', `${formatBytes(sizeBytes)}${perStep}${packed}`],
    ['host', printable(hostWords(about.meta))],
    ['index', about.indexed ? 'yes' : 'no: kvmtrace index makes calls, hot and accesses fast'],
    ...infoLines(about.meta, (address) => trace.symbols.at(address)).map(
      ([name, text]): [string, string] => [printable(name), printable(text)],
    ),
  ]);
  yield '';
  yield style.strong('memory');
  yield* table(
    slots.map(({ gpa, size, purpose, readonly }) => [
      `${hex(gpa)}-${hex(gpa + size - 1)}`,
      `${printable(purpose)}${readonly ? ', read-only' : ''}`,
    ]),
  );
  yield '';
  yield style.strong('rows');
  yield* table([...rows].map(([name, count]) => [name, String(count)]));
}

function incompleteText({ recorder }: TraceInfo): string {
  return recorder === undefined
    ? 'no: the recording was not closed; it holds what was committed'
    : `no: process ${recorder} is recording it`;
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`.trimEnd());
}

function infoJson(about: TraceInfo): Jsonable {
  return {
    path: about.path,
    size_bytes: about.sizeBytes,
    packed_bytes: about.packedBytes ?? null,
    indexed: about.indexed,
    complete: about.complete,
    unaltered: about.unaltered,
    steps: about.stepCount,
    recorder: about.recorder ?? null,
    stop_reason: about.stopReason,
    stop_detail: about.stopDetail ?? null,
    meta: Object.fromEntries(about.meta),
    memory: about.slots.map(({ slot, gpa, size, readonly, purpose }) => ({
      slot,
      gpa,
      size,
      readonly,
      purpose,
    })),
    rows: Object.fromEntries(about.rows),
  };
}
