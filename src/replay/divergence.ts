import type { FedStep } from '../trace/read/stream/step-feed.js';
import { describeAccess, describeInput, describeInterruption } from './step-events.js';
import { memoryRows, type MemoryRow, type StepResult } from './step-result.js';

/** One thing that was recorded otherwise than it was replayed. */
export type Difference =
  /** A value that the step wrote; undefined where it did not write there. */
  | {
      readonly kind: 'register';
      readonly id: number;
      readonly recorded: bigint | undefined;
      readonly replayed: bigint | undefined;
    }
  | {
      readonly kind: 'memory';
      readonly gpa: number;
      readonly size: number;
      readonly recorded: bigint | undefined;
      readonly replayed: bigint | undefined;
    }
  /** What has no number: said in words. */
  | {
      readonly kind:
        'instruction' | 'port' | 'mmio' | 'interruption' | 'input' | 'snapshot' | 'stop';
      readonly recorded: string | undefined;
      readonly replayed: string | undefined;
    };

/** The first place at which the replay was not what the trace says. */
export interface Divergence {
  /** `step`: what a step did; `state`: what stood before it; `stop`: how the guest ended. */
  readonly at: 'step' | 'state' | 'stop';
  /** The step, or the state. */
  readonly step: number;
  /** One line: what happened. */
  readonly what: string;
  readonly differences: readonly Difference[];
}

/** What differs between a step as it was replayed and as the trace has it. */
export function stepDifferences(result: StepResult, fed: FedStep): Difference[] {
  const recorded = new Map<number, bigint>();
  for (let i = 0; i < fed.registerCount; i++) {
    const at = fed.registersAt + 3 * i;
    const low = BigInt(fed.words[at + 1]! >>> 0);
    recorded.set(fed.words[at]!, (BigInt(fed.words[at + 2]! >>> 0) << 32n) | low);
  }
  const { events } = result;
  return [
    ...registerDifferences(recorded, result.registers()),
    ...memoryDifferences(memoryRows(fed.words, fed.memoryAt, fed.memoryCount), result.rows()),
    ...eventDifferences('port', fed.ports, events.ports, describeAccess),
    ...eventDifferences('mmio', fed.mmio, events.mmio, describeAccess),
    ...eventDifferences(
      'interruption',
      fed.interruptions,
      events.interruptions,
      describeInterruption,
    ),
    ...eventDifferences('input', fed.inputs, events.inputs, describeInput),
  ];
}

/** The registers, by id, that were not set to the same values; undefined where one was not set. */
export function registerDifferences(
  recorded: ReadonlyMap<number, bigint>,
  replayed: ReadonlyMap<number, bigint>,
): Difference[] {
  return [...new Set([...recorded.keys(), ...replayed.keys()])]
    .filter((id) => recorded.get(id) !== replayed.get(id))
    .map((id) => ({
      kind: 'register',
      id,
      recorded: recorded.get(id),
      replayed: replayed.get(id),
    }));
}

function memoryDifferences(
  recordedRows: readonly MemoryRow[],
  replayedRows: readonly MemoryRow[],
): Difference[] {
  const key = ({ gpa, size }: MemoryRow): string => `${gpa}:${size}`;
  const recorded = new Map(recordedRows.map((row) => [key(row), row]));
  const replayed = new Map(replayedRows.map((row) => [key(row), row]));
  return [...new Map([...recorded, ...replayed])]
    .filter(([at]) => recorded.get(at)?.value !== replayed.get(at)?.value)
    .map(([at, { gpa, size }]) => ({
      kind: 'memory',
      gpa,
      size,
      recorded: recorded.get(at)?.value,
      replayed: replayed.get(at)?.value,
    }));
}

function eventDifferences<T>(
  kind: 'port' | 'mmio' | 'interruption' | 'input',
  recorded: readonly T[],
  replayed: readonly T[],
  describe: (event: T) => string,
): Difference[] {
  const text = (event: T | undefined): string | undefined =>
    event === undefined ? undefined : describe(event);
  return Array.from({ length: Math.max(recorded.length, replayed.length) }, (_, i) => ({
    kind,
    recorded: text(recorded[i]),
    replayed: text(replayed[i]),
  })).filter((difference) => difference.recorded !== difference.replayed);
}
