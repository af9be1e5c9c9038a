/** `kvmtrace replay --from N --set … -o other.db`: a recording that branches off. */
import { inputError } from '../../base/errors.js';
import type { BranchDevices } from '../../recorder/fork.js';
import type { RecordResult } from '../../recorder/options.js';
import type { ReplayOutcome } from '../../replay/replayer.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import { openHost } from '../arguments/host.js';
import { parseCount, single } from '../arguments/numbers.js';
import { ProgressLine } from '../terminal/progress.js';
import { abortOnSignals } from '../terminal/signals.js';
import type { ReplayArguments } from './replay-arguments.js';

export interface BranchResult {
  /** Of the way to the state that is branched from. */
  readonly outcome: ReplayOutcome;
  /** Undefined where the replay diverged before it got there. */
  readonly recorded: RecordResult | undefined;
}

/** Replays up to state `from`, and records from there. */
export async function runBranch(
  args: ReplayArguments,
  output: string,
  file: TraceFile,
  from: number,
): Promise<BranchResult> {
  const { parseSet } = await import('../arguments/set.js');
  const { BranchDevices: Devices, recordBranch } = await import('../../recorder/fork.js');
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
    throw inputError(`-o ${output} is the trace that is branched off from: give another path.`);
  }
  checkOutput({ output, force: args.force });
  const host = await openHost(args);

  const progress = new ProgressLine(process.stderr);
  const signals = abortOnSignals();
  let devices: BranchDevices | undefined;
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
      handOver: async ({ machine, msrs }, capture) => {
        const point = { parent: file, state: from, machine, msrs, capture, devices: devices! };
        recorded = await recordBranch(point, {
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
