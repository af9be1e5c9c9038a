/** The rare events of a step: accesses, interruptions, inputs. */
import { hex } from '../base/number-text.js';
import type { Interruption } from '../trace/format/event-sink.js';
import type { FedAccess, FedInput } from '../trace/read/stream/step-feed.js';

/** What a step exchanged with the outside, in the order in which it happened. */
export interface StepEvents {
  readonly ports: readonly FedAccess[];
  readonly mmio: readonly FedAccess[];
  /** Delivered between the step and the next. */
  readonly interruptions: readonly Interruption[];
  readonly inputs: readonly FedInput[];
}

/** Whether a step had the same events when it was recorded; `replayed` undefined: none. */
export function sameEvents(replayed: StepEvents | undefined, recorded: StepEvents): boolean {
  if (replayed === undefined) {
    return (
      recorded.ports.length === 0 &&
      recorded.mmio.length === 0 &&
      recorded.interruptions.length === 0 &&
      recorded.inputs.length === 0
    );
  }
  return (
    same(replayed.ports, recorded.ports, describeAccess) &&
    same(replayed.mmio, recorded.mmio, describeAccess) &&
    same(replayed.interruptions, recorded.interruptions, describeInterruption) &&
    same(replayed.inputs, recorded.inputs, describeInput)
  );
}

function same<T>(a: readonly T[], b: readonly T[], describe: (each: T) => string): boolean {
  return a.length === b.length && a.every((each, i) => describe(each) === describe(b[i]!));
}

/** `out 1 × 1 byte to 0xe9: 41`. */
export function describeAccess({ write, address, size, count, data }: FedAccess): string {
  const bytes = Buffer.from(data.subarray(0, data.length)).toString('hex');
  const what = write ? 'write to' : 'read of';
  return `${what} ${hex(address)}, ${count} × ${size} bytes: ${bytes}`;
}

/** `fault 0xe at rip 0x1000, error code 0x2`: an interruption as divergences name it. */
export function describeInterruption(event: Interruption): string {
  const { kind, vector, errorCode, cr2, rip } = event;
  const error = errorCode === undefined ? '' : `, error code ${hex(errorCode >>> 0)}`;
  const fault = cr2 === undefined ? '' : `, cr2 ${hex(cr2)}`;
  return `${kind} ${hex(vector)} at rip ${hex(rip)}${error}${fault}`;
}

/** `tsc 0x1234`: an input as divergences name it. */
export function describeInput({ kind, value }: FedInput): string {
  return `${kind ?? 'an unknown input'} ${hex(BigInt.asUintN(64, value))}`;
}
