/**
 * The memory that a string instruction goes through. Its pointer is of the address size and wraps
 * there, at 64 KiB or 4 GiB (SDM vol. 1, 3.3.7 and vol. 2, REP), while an element that begins below
 * goes on above: what it accesses is not one range.
 */

/** Elements of a string instruction, in the order in which it comes to them. */
export interface StringElements {
  /** Offset in the segment of the first one, where the address size is not 64. */
  readonly start: number;
  /** Bytes of one. */
  readonly size: number;
  readonly count: number;
  /** By the direction flag. */
  readonly down: boolean;
  readonly addressBits: 16 | 32 | 64;
}

/** Elements that follow one another without a wrap. */
export interface StringRun {
  /** Bytes from the first element of all to the lowest one here; negative where that is below. */
  readonly distance: number;
  /** Number of the first that the instruction comes to. */
  readonly first: number;
  readonly count: number;
}

/** The runs in the order in which the instruction comes to them. None where it has no elements. */
export function stringRuns(elements: StringElements): StringRun[] {
  const { start, size, count, down, addressBits } = elements;
  if (count <= 0) return [];
  // A pointer of 64 bits wraps where linear addresses do.
  if (addressBits === 64) return [{ distance: down ? size - count * size : 0, first: 0, count }];
  const space = 2 ** addressBits;
  const runs: StringRun[] = [];
  let at = start;
  for (let first = 0; first < count;) {
    const room = down ? Math.floor(at / size) + 1 : Math.ceil((space - at) / size);
    const fitting = Math.min(room, count - first);
    const lowest = down ? at - (fitting - 1) * size : at;
    runs.push({ distance: lowest - start, first, count: fitting });
    at = down ? lowest - size + space : (at + fitting * size) % space;
    first += fitting;
  }
  return runs;
}

/** Elements after which an instruction comes to the first again: twice round is the same memory. */
export function elementsRound(size: number, addressBits: 16 | 32 | 64): number {
  return addressBits === 64 ? Infinity : 2 ** addressBits / size;
}

/**
 * Whether a pointer that moved by so much, in its low 32 bits at most, went down; undefined where it
 * would have come to the same place upwards.
 */
export function wentDown(
  moved: number,
  { size, count, addressBits }: Pick<StringElements, 'size' | 'count' | 'addressBits'>,
): boolean | undefined {
  const space = 2 ** Math.min(addressBits, 32);
  const up = (count * size) % space;
  if (up === 0 || 2 * up === space) return undefined;
  const by = ((moved % space) + space) % space;
  // Neither, in no recording so far: by the shorter way.
  return by === space - up || (by !== up && 2 * by >= space);
}
