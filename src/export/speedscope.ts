/**
 * speedscope's own format, https://www.speedscope.app/file-format-schema.json: one evented profile, in
 * which calls are opened and closed in order of time. A step is one unit. The frames, which the
 * events number, come behind: they are known when all events have been written.
 */
import { toolVersion } from '../base/package-root.js';
import { callEdges } from '../query/calls.js';
import { singleFile, type Chunk, type ExportSource } from './exporter.js';
import { FunctionNames, guestName } from './function-name.js';

/** For speedscope.app. */
export const speedscope = singleFile(chunks);

function* chunks({ trace, from, to, progress }: ExportSource): Generator<Chunk> {
  const names = new FunctionNames(trace);
  const frames = new Map<string, number>();
  const frameOf = (address: bigint): number => {
    const name = names.of(address);
    const known = frames.get(name);
    if (known !== undefined) return known;
    frames.set(name, frames.size);
    return frames.size - 1;
  };
  const name = JSON.stringify(guestName(trace));
  yield `{"$schema":"https://www.speedscope.app/file-format-schema.json","exporter":"kvmtrace ${toolVersion}","name":${name},"activeProfileIndex":0,\n`;
  yield `"profiles":[{"type":"evented","name":${name},"unit":"none","startValue":${from},"endValue":${to},"events":[\n`;
  let separator = '';
  for (const { kind, call, start, end } of callEdges(trace.calls(from, to), from, to)) {
    const [type, at] = kind === 'enter' ? ['O', start] : ['C', end];
    yield `${separator}{"type":"${type}","frame":${frameOf(call.address)},"at":${at}}`;
    separator = ',\n';
    progress(at);
  }
  yield '\n]}],\n"shared":{"frames":[\n';
  separator = '';
  for (const frame of frames.keys()) {
    yield `${separator}{"name":${JSON.stringify(frame)}}`;
    separator = ',\n';
  }
  yield '\n]}}\n';
}
