/** Whether two traces' instructions are the same: they are numbered as each trace met them. */
import type { Instruction } from '../../trace/read/instructions.js';
import type { Pair } from '../side.js';

/** `same`: address, mode and bytes; `place`: address and mode, other bytes; `other`: elsewhere. */
export type CodeRelation = 'same' | 'place' | 'other';

/** Tells how an instruction of a is related to one of b, and remembers it. */
export class CodeMatch {
  readonly #pair: Pair;
  readonly #known = new Map<number, Map<number, CodeRelation>>();

  constructor(pair: Pair) {
    this.#pair = pair;
  }

  relation(a: number, b: number): CodeRelation {
    let row = this.#known.get(a);
    if (row === undefined) this.#known.set(a, (row = new Map<number, CodeRelation>()));
    let relation = row.get(b);
    if (relation === undefined) {
      relation = relationOf(this.#pair.a.file.code.get(a), this.#pair.b.file.code.get(b));
      row.set(b, relation);
    }
    return relation;
  }
}

function relationOf(a: Instruction, b: Instruction): CodeRelation {
  if (a.rip !== b.rip || a.address !== b.address || a.mode !== b.mode) return 'other';
  return Buffer.compare(a.bytes, b.bytes) === 0 ? 'same' : 'place';
}
