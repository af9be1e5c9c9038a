/** A part of a suite, for machines that share it: `2/4` is the second of four. */
import { inputError } from '../base/errors.js';

/** Which part of a suite a machine runs. */
export interface Shard {
  /** 1 to `count`. */
  readonly index: number;
  readonly count: number;
}

const MAX_SHARDS = 10_000;

/**
 * `2/4`.
 *
 * @throws KvmtraceError (exit code 2) for what is none
 */
export function parseShard(text: string, name: string): Shard {
  const { index = '', count = '' } = /^(?<index>\d+)\/(?<count>\d+)$/.exec(text)?.groups ?? {};
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count && shard.count <= MAX_SHARDS) return shard;
  throw inputError(
    `${name} ${text} is no part of a suite: give its number and how many there are, as in 2/4.`,
  );
}

/**
 * The items of a shard, in their order. All shards together have each item once, and weigh about the
 * same: the heaviest goes first, always to the shard that has least. Who has the same items and weights
 * finds the same shards.
 */
export function itemsOfShard<T>(
  items: readonly T[],
  { index, count }: Shard,
  weightOf: (item: T) => number,
): T[] {
  const byWeight = items
    .map((item, at) => ({ item, at, weight: weightOf(item) }))
    .sort((a, b) => b.weight - a.weight || a.at - b.at);
  const loads = Array.from({ length: count }, () => ({ weight: 0, items: 0 }));
  const ours: { readonly item: T; readonly at: number }[] = [];
  for (const each of byWeight) {
    const least = loads.reduce((best, load) =>
      load.weight < best.weight || (load.weight === best.weight && load.items < best.items)
        ? load
        : best,
    );
    least.weight += each.weight;
    least.items++;
    if (loads[index - 1] === least) ours.push(each);
  }
  return ours.sort((a, b) => a.at - b.at).map(({ item }) => item);
}
