/** The blocks of a function that ran: what is run from the first instruction to the last or not at all. */
import { Control, type CodeModel } from './model.js';
import type { Form } from './forms.js';
import type { ListedInstruction } from './listing.js';
import type { Instruction } from '../../../trace/read/instructions.js';

/** Code to be aligned: a function, with those that are part of it in the other build. */
export interface Body {
  readonly code: readonly Instruction[];
  readonly forms: readonly Form[];
  /** All of the function as it was loaded, where that is known. */
  readonly listing?: readonly ListedInstruction[] | undefined;
}

/** A basic block that ran, and its neighbours in the function. */
export interface Block {
  /** Positions in the body: of its first instruction, and behind its last. */
  readonly from: number;
  readonly to: number;
  readonly executions: number;
  /** Numbers of blocks of the body. */
  readonly successors: readonly number[];
  readonly predecessors: readonly number[];
}

/**
 * @param executions by instruction id
 * @param breaks positions at which blocks begin besides, as they do in the other build
 */
export function blocksOf(
  model: CodeModel,
  executions: Float64Array,
  { code }: Body,
  breaks: Iterable<number> = [],
): Block[] {
  const { place, target, behind } = model;
  const positions = new Map(code.map(({ id }, i) => [place[id]!, i]));
  const starts = startsOf(model, executions, code, positions);
  for (const each of breaks) starts.add(each);
  const sorted = [...starts].sort((x, y) => x - y);
  const numbers = new Map(sorted.map((from, k) => [from, k]));
  const at = (number: number): number | undefined => numbers.get(positions.get(number) ?? -1);
  const blocks = sorted.map((from, k) => ({
    ...{ from, to: sorted[k + 1] ?? code.length, executions: executions[code[from]!.id]! },
    ...{ successors: [] as number[], predecessors: [] as number[] },
  }));
  for (const [k, block] of blocks.entries()) {
    const { id } = code[block.to - 1]!;
    const goes = [
      model.control[id] === Control.jump ? at(target[id]!) : undefined,
      fallsThrough(model, id) ? at(behind[id]!) : undefined,
    ];
    for (const next of goes) {
      if (next === undefined || next === k) continue;
      block.successors.push(next);
      blocks[next]!.predecessors.push(k);
    }
  }
  return blocks;
}

function startsOf(
  { control, place, behind, target }: CodeModel,
  executions: Float64Array,
  code: readonly Instruction[],
  positions: ReadonlyMap<number, number>,
): Set<number> {
  const starts = new Set<number>();
  for (const [i, { id }] of code.entries()) {
    const before = code[i - 1]?.id;
    if (
      before === undefined ||
      control[before] !== Control.none ||
      behind[before] !== place[id] ||
      executions[before] !== executions[id]
    ) {
      starts.add(i);
    }
    const goal = control[id] === Control.jump ? positions.get(target[id]!) : undefined;
    if (goal !== undefined) starts.add(goal);
  }
  return starts;
}

/** Whether control can go on to what stands behind the instruction. */
function fallsThrough({ control, decides }: CodeModel, id: number): boolean {
  switch (control[id]) {
    case Control.none:
    case Control.call:
      return true;
    case Control.jump:
      return decides[id] === 1;
    default:
      return false;
  }
}
