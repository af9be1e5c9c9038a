/** What the guest showed the world: what it wrote to each port, and to MMIO. */
import { PAGE_BYTES } from '../../../base/page.js';
import type { Side } from '../../side.js';

/** A stream of output that differs: what was written to one port, or to one page of MMIO. */
export interface OutputDifference {
  readonly kind: 'port' | 'mmio';
  /** Port, or page of MMIO (gpa). */
  readonly address: number;
  readonly lengthA: number;
  readonly lengthB: number;
  /** Bytes that are the same from the start on. */
  readonly common: number;
  /** The steps that wrote the first byte that differs; undefined where that side wrote no more. */
  readonly stepA: number | undefined;
  readonly stepB: number | undefined;
  /** What was written around the difference. */
  readonly a: Uint8Array;
  readonly b: Uint8Array;
}

/** The streams of output of both runs, compared. */
export interface OutputComparison {
  /** Streams that are equal on both sides. */
  readonly same: number;
  readonly differences: readonly OutputDifference[];
}

interface Stream {
  readonly pieces: Uint8Array[];
  /** Offset at which each piece begins, and its step. */
  readonly offsets: number[];
  readonly steps: number[];
  length: number;
}

const WINDOW_STEPS = 1 << 20;
/** Bytes shown from a little before the first difference on. */
const SHOWN_BEFORE = 12;
const SHOWN = 28;

/** Compares, stream by stream, what both runs wrote; steps do not count. */
export function compareOutputs(a: Side, b: Side): OutputComparison {
  const streamsA = outputsOf(a);
  const streamsB = outputsOf(b);
  const differences: OutputDifference[] = [];
  let same = 0;
  for (const key of new Set([...streamsA.keys(), ...streamsB.keys()])) {
    const [kind, address] = key.split(':') as ['port' | 'mmio', string];
    const difference = compareStreams(streamsA.get(key), streamsB.get(key));
    if (difference === undefined) same++;
    else differences.push({ kind, address: Number(address), ...difference });
  }
  return { same, differences };
}

function outputsOf(side: Side): Map<string, Stream> {
  const streams = new Map<string, Stream>();
  const add = (key: string, step: number, data: Uint8Array): void => {
    let stream = streams.get(key);
    if (stream === undefined) {
      stream = { pieces: [], offsets: [], steps: [], length: 0 };
      streams.set(key, stream);
    }
    stream.offsets.push(stream.length);
    stream.steps.push(step);
    stream.pieces.push(data);
    stream.length += data.length;
  };
  const { events } = side.file;
  for (let from = 0; from < side.stepCount; from += WINDOW_STEPS) {
    const to = Math.min(side.stepCount, from + WINDOW_STEPS);
    for (const { step, port, direction, data } of events.ports(from, to)) {
      if (direction === 'out') add(`port:${port}`, step, data);
    }
    for (const { step, gpa, direction, data } of events.mmio(from, to)) {
      if (direction !== 'write') continue;
      const place = Buffer.alloc(2);
      place.writeUInt16LE(gpa % PAGE_BYTES);
      // Where in the page it goes is part of what was written.
      add(`mmio:${gpa - (gpa % PAGE_BYTES)}`, step, Buffer.concat([place, data]));
    }
  }
  return streams;
}

function compareStreams(
  a: Stream | undefined,
  b: Stream | undefined,
): Omit<OutputDifference, 'kind' | 'address'> | undefined {
  const bytesA = Buffer.concat(a?.pieces ?? []);
  const bytesB = Buffer.concat(b?.pieces ?? []);
  if (bytesA.equals(bytesB)) return undefined;
  const shorter = Math.min(bytesA.length, bytesB.length);
  let common = 0;
  while (common < shorter && bytesA[common] === bytesB[common]) common++;
  const from = Math.max(0, common - SHOWN_BEFORE);
  return {
    lengthA: bytesA.length,
    lengthB: bytesB.length,
    common,
    stepA: stepOf(a, common),
    stepB: stepOf(b, common),
    a: bytesA.subarray(from, from + SHOWN),
    b: bytesB.subarray(from, from + SHOWN),
  };
}

function stepOf(stream: Stream | undefined, offset: number): number | undefined {
  if (stream === undefined || offset >= stream.length) return undefined;
  let low = 0;
  let high = stream.offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stream.offsets[middle]! <= offset) low = middle + 1;
    else high = middle;
  }
  return stream.steps[low - 1];
}
