/**
 * What few steps do, as words behind those of step-stream.ts:
 *
 *   port rows, then direction, port, size, count, byte length, bytes (padded) of each,
 *   mmio rows, then direction, gpa low, gpa high, byte length, bytes (padded) of each,
 *   interruptions before the next step, then kind, vector, flags, error code, cr2 low, cr2 high,
 *     rip low, rip high of each,
 *   inputs, then kind, low, high of each
 */
import { INPUT_KINDS, INTERRUPTION_KINDS, InterruptionFlag } from '../../format/events.js';
import type { EventReader, InputValue, Interruption, MmioAccess, PortAccess } from '../events.js';

interface Rare {
  readonly ports: PortAccess[];
  readonly mmio: MmioAccess[];
  readonly interruptions: Interruption[];
  readonly inputs: InputValue[];
}

/** The words of those steps from `start` up to, not including, `end` that have any, by step. */
export function rareWords(
  events: EventReader,
  start: number,
  end: number,
): Map<number, readonly number[]> {
  const steps = new Map<number, Rare>();
  const at = (step: number): Rare => {
    let rare = steps.get(step);
    if (rare === undefined) {
      rare = { ports: [], mmio: [], interruptions: [], inputs: [] };
      steps.set(step, rare);
    }
    return rare;
  };
  for (const row of events.ports(start, end)) at(row.step).ports.push(row);
  for (const row of events.mmio(start, end)) at(row.step).mmio.push(row);
  // Their effects are among those of the step before.
  for (const row of events.interruptions(start + 1, end + 1)) {
    at(row.step - 1).interruptions.push(row);
  }
  for (const row of events.inputs(start, end)) at(row.step).inputs.push(row);
  return new Map([...steps].map(([step, rare]) => [step, encode(rare)]));
}

function encode({ ports, mmio, interruptions, inputs }: Rare): number[] {
  return [
    ports.length,
    ...ports.flatMap(({ direction, port, size, count, data }) => [
      direction === 'out' ? 1 : 0,
      port,
      size,
      count,
      ...packBytes(data),
    ]),
    mmio.length,
    ...mmio.flatMap(({ direction, gpa, data }) => [
      direction === 'write' ? 1 : 0,
      ...split(BigInt(gpa)),
      ...packBytes(data),
    ]),
    interruptions.length,
    ...interruptions.flatMap(encodeInterruption),
    inputs.length,
    ...inputs.flatMap(({ kind, value }) => [
      (INPUT_KINDS as readonly string[]).indexOf(kind),
      ...split(value),
    ]),
  ];
}

function encodeInterruption(event: Interruption): number[] {
  const { kind, vector, errorCode, cr2, rip, assisted } = event;
  const flags =
    (errorCode === undefined ? 0 : InterruptionFlag.errorCode) |
    (cr2 === undefined ? 0 : InterruptionFlag.cr2) |
    (assisted ? InterruptionFlag.assisted : 0);
  return [
    INTERRUPTION_KINDS.indexOf(kind),
    vector,
    flags,
    Number(BigInt.asIntN(32, errorCode ?? 0n)),
    ...split(cr2 ?? 0n),
    ...split(rip),
  ];
}

function packBytes(data: Uint8Array): number[] {
  const padded = new Uint8Array((data.length + 3) & ~3);
  padded.set(data);
  return [data.length, ...new Int32Array(padded.buffer)];
}

function split(value: bigint): [low: number, high: number] {
  return [Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n))];
}
