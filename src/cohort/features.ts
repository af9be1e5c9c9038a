/**
 * What can be said of a run in few words: which ways its branches went, what it read, what it showed,
 * which exceptions it took. Each with how often, and when first.
 */
import { asCharacter, bytesText, hex } from '../base/number-text.js';
import { codeModel, type CodeModel } from '../diff/aligned/model/model.js';
import { stepBatches } from '../diff/aligned/model/steps.js';
import type { Side } from '../diff/side.js';

/** What kind of thing a feature tells of a run. */
export type FeatureKind = 'branch' | 'input' | 'output' | 'interruption';

/** Something that can be said of a run, and is the same in two runs that share it. */
export interface Feature {
  readonly kind: FeatureKind;
  /** What makes it the same in two runs. */
  readonly key: string;
  /** For people: `main+0x10 je -> main+0x20`. */
  readonly text: string;
  count: number;
  /** The step at which it first was so. */
  readonly firstStep: number;
}

/** Bytes of a stream that are features of their own; beyond, only branches tell runs apart. */
const MAX_STREAM_BYTES = 65_536;
const WINDOW_STEPS = 1 << 20;

/** The features of a run, by what makes them the same. */
export function featuresOf(side: Side, bySymbol: boolean): Map<string, Feature> {
  const features = new Map<string, Feature>();
  const model = codeModel(side);
  addBranches(model, bySymbol, features);
  addExchange(side, bySymbol, features);
  return features;
}

function add(features: Map<string, Feature>, feature: Omit<Feature, 'count'>, count = 1): void {
  const known = features.get(feature.key);
  if (known === undefined) features.set(feature.key, { ...feature, count });
  else known.count += count;
}

/** Where the instruction is, in a way that other runs, or builds, have too. */
function placeKey(side: Side, address: bigint, bySymbol: boolean): string {
  return bySymbol ? side.place(address) : hex(address);
}

function addBranches(model: CodeModel, bySymbol: boolean, features: Map<string, Feature>): void {
  const { side, decides } = model;
  const size = decides.length;
  const edges = new Map<number, { count: number; step: number }>();
  let previous = -1;
  for (const { first, count, ids, interrupted } of stepBatches(model)) {
    for (let i = 0; i < count; i++) {
      const id = ids[i]!;
      // What an exception or interrupt does after a branch is not the branch's doing.
      if (previous >= 0 && decides[previous] !== 0 && !interrupted.has(first + i)) {
        const key = previous * size + id;
        const edge = edges.get(key);
        if (edge === undefined) edges.set(key, { count: 1, step: first + i - 1 });
        else edge.count++;
      }
      previous = id;
    }
  }
  for (const [key, { count, step }] of edges) {
    const from = side.file.code.get(Math.floor(key / size));
    const to = side.file.code.get(key % size);
    const [a, b] = [from, to].map(({ address }) => placeKey(side, address, bySymbol));
    const text = `${side.place(from.address)}: ${from.text}, goes to ${side.place(to.address)}`;
    add(features, { kind: 'branch', key: `branch ${a!} ${b!}`, text, firstStep: step }, count);
  }
}

function addExchange(side: Side, bySymbol: boolean, features: Map<string, Feature>): void {
  const { events } = side.file;
  const positions = new Map<string, number>();
  const addBytes = (
    kind: 'input' | 'output',
    stream: string,
    step: number,
    data: Uint8Array,
  ): void => {
    let at = positions.get(stream) ?? 0;
    for (const byte of data) {
      if (at >= MAX_STREAM_BYTES) break;
      const one = Uint8Array.of(byte);
      const value = bytesText(one) + asCharacter(one);
      const text = `byte ${at} ${stream} is ${value}`;
      add(features, { kind, key: `${kind} ${stream} ${at} ${byte}`, text, firstStep: step });
      // The same byte elsewhere in the stream may do the same.
      const anywhere = `a byte ${stream} is ${value}`;
      add(features, {
        kind,
        key: `${kind} ${stream} any ${byte}`,
        text: anywhere,
        firstStep: step,
      });
      at++;
    }
    positions.set(stream, at);
  };
  for (let from = 0; from < side.stepCount; from += WINDOW_STEPS) {
    const to = Math.min(side.stepCount, from + WINDOW_STEPS);
    for (const { step, port, direction, data } of events.ports(from, to)) {
      const write = direction === 'out';
      addBytes(
        write ? 'output' : 'input',
        `${write ? 'to' : 'from'} port ${hex(port)}`,
        step,
        data,
      );
    }
    for (const { step, gpa, direction, data } of events.mmio(from, to)) {
      const write = direction === 'write';
      addBytes(write ? 'output' : 'input', `${write ? 'to' : 'from'} MMIO ${hex(gpa)}`, step, data);
    }
    for (const { step, kind, value } of events.inputs(from, to)) {
      const at = positions.get(kind) ?? 0;
      positions.set(kind, at + 1);
      const key = `input ${kind} ${at} ${value}`;
      add(features, {
        kind: 'input',
        key,
        text: `${kind} ${at} is ${hex(value)}`,
        firstStep: step,
      });
    }
  }
  for (const { step, kind, vector, rip } of events.interruptions(0, side.stepCount + 1)) {
    // When an interrupt comes says little; that an exception does, says much.
    const external = kind === 'interrupt' || kind === 'nmi';
    const place = external ? '' : ` at ${placeKey(side, rip, bySymbol)}`;
    const key = `interruption ${kind} ${vector}${place}`;
    const text = `${kind} ${vector}${external ? '' : ` at ${side.place(rip)}`}`;
    add(features, { kind: 'interruption', key, text, firstStep: step });
  }
}
