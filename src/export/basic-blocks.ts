/** The basic blocks that ran: code from where control arrived up to what may move it elsewhere. */
import { Control, decodeCode } from '../derive/code.js';
import type { ExportSource } from './exporter.js';

/** A block by the linear address of its first byte. */
export interface BasicBlock {
  readonly address: bigint;
  /** In bytes. */
  readonly size: number;
}

const NONE = -1;

/** What must be known of an instruction. */
interface Code {
  readonly address: bigint;
  readonly next: bigint;
  readonly size: number;
  /** It may go elsewhere than to the next instruction. */
  readonly ends: boolean;
  /** Number of the instruction that was last seen to follow in memory. */
  follower: number;
}

/**
 * The distinct blocks of a range in order of their first execution. A block that an interrupt cut
 * short and that later ran whole is there whole. Memory is taken by what code there is, not by steps.
 */
export function basicBlocks({ trace, from, to, progress }: ExportSource): BasicBlock[] {
  const codes: Code[] = [];
  const define = (id: number): Code => {
    const code = decodeCode(trace.instruction(id));
    const { address, next, control } = code;
    const size = trace.instruction(id).bytes.length;
    return (codes[id] = { address, next, size, ends: control !== Control.none, follower: NONE });
  };
  /** Sizes by number of the first instruction. */
  const sizes = new Map<number, number>();
  let leader = NONE;
  let size = 0;
  let previous: Code | undefined;
  const finish = (): void => {
    if (leader !== NONE && size > (sizes.get(leader) ?? 0)) sizes.set(leader, size);
  };
  for (const { first, count, instruction, interruptions } of trace.stepBatches(from, to)) {
    const delivered = new Set(interruptions.map(({ step }) => step));
    for (let i = 0; i < count; i++) {
      const id = instruction[i]!;
      const code = codes[id] ?? define(id);
      if (
        previous === undefined ||
        previous.ends ||
        !follows(previous, code, id) ||
        delivered.has(first + i)
      ) {
        finish();
        leader = id;
        size = 0;
      }
      size += code.size;
      previous = code;
    }
    progress(first + count);
  }
  finish();
  return [...sizes].map(([id, bytes]) => ({ address: codes[id]!.address, size: bytes }));
}

function follows(previous: Code, code: Code, id: number): boolean {
  if (previous.follower === id) return true;
  if (previous.next !== code.address) return false;
  previous.follower = id;
  return true;
}
