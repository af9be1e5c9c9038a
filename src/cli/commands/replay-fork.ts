/** `kvmtrace replay --from N --set … -o other.db`: a fork of a recording. */
import { inputError } from '../../base/errors.js';
import type { ForkDevices } from '../../recorder/fork.js';
import type { RecordResult } from '../../recorder/options.js';
import type { ReplayOutcome } from '../../replay/replayer.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import { openHost } from '../arguments/host.js';
import { parseCount, single } from '../arguments/numbers.js';
import { ProgressLine } from '../terminal/progress.js';
import { abortOnSignals } from '../terminal/signals.js';
import type { ReplayArguments } from './replay-arguments.js';

/** How the replay up to the fork ended, and the recording from there on. */
export interface ForkResult {
  /** Of the way to the state that is forked from. */
  readonly outcome: ReplayOutcome;
  /** Undefined where the replay diverged before it got there. */
  readonly recorded: RecordResult | undefined;
}

/** Replays up to state `from`, and records from there. */
export async function runFork(
  args: ReplayArguments,
  output: string,
  file: TraceFile,
  from: number,
): Promise<ForkResult> {
  const { parseSet } = await import('../arguments/set.js');
  const { ForkDevices: Devices, recordFork } = await import('../../recorder/fork.js');
  const { checkOutput } = await import('../../recorder/files.js');
  const { replay } = await import('../../replay/replayer.js');
  const { isSameFile } = await import('../arguments/same-file.js');
  const sets = args.set.map(parseSet);
  const count = (name: 'max-steps' | 'snapshot-every'): number | undefined => {
    const text = args[name];
    return text === undefined ? undefined : parseCount(single(text, `--${name}`), `--${name}`);
  };
  const limits = { maxSteps: count('max-steps'), snapshotEvery: count('snapshot-every') };
  if (isSameFile(output, file.path)) {
    throw inputError(`-o ${output} is the trace that is forked: give another path.`);
  }
  checkOutput({ output, force: args.force });
  const host = await openHost(args);

  const progress = new ProgressLine(process.stderr);
  const signals = abortOnSignals();
  let devices: ForkDevices | undefined;
  let recorded: RecordResult | undefined;
  const onOutput = (bytes: Uint8Array): void => {
    if (process.stdout.isTTY) progress.makeWayFor(bytes);
    process.stdout.write(bytes);
  };
  try {
    const outcome = await replay(file, {
      from,
      to: from,
      host,
      dirty: args.dirty,
      signal: signals.signal,
      devices: ({ snapshot, machine }) => {
        devices = new Devices(file, { machine, saved: snapshot.blobs.devices, onOutput });
        return devices;
      },
      handOver: async (session) => {
        const point = { parent: file, state: from, session, devices: devices! };
        recorded = await recordFork(point, {
          ...limits,
          output,
          force: args.force,
          sets,
          signal: signals.signal,
          onOutput,
          onProgress: (now) => {
            progress.update(now);
          },
        });
      },
    });
    return { outcome, recorded };
  } finally {
    progress.clear();
    signals.stop();
  }
}
