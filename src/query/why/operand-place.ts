/** Where the operands of an executed instruction were. */
import { PAGE_BYTES } from '../../base/page.js';
import type { Instruction } from '../../trace/read/instructions.js';
import { dataflow, type Dataflow } from '../../x86/dataflow/dataflow.js';
import type { Flow, MemoryPart, Operand } from '../../x86/dataflow/flow.js';
import { FLAG_BITS } from '../../x86/flag-bits.js';
import { LinearAddress } from '../../x86/linear-address.js';
import { elementsRound, stringRuns } from '../../x86/string-runs.js';
import type { State } from '../state.js';
import { memoryPlace, type Place } from './location.js';
import { StateRegisters } from './state-registers.js';

const RCX = 'rcx';
const POINTERS: Readonly<Record<number, string>> = { 4: 'rsi', 5: 'rdi' };
/** Bytes of one operand that are followed; what string instructions move beyond is not. */
const MAX_BYTES = 1 << 20;

/** A run of an operand's bytes that lies together in physical memory. */
export interface Piece {
  readonly gpa: number;
  readonly gva: bigint;
  readonly size: number;
  /** Where in the operand it begins. */
  readonly offset: number;
}

/** The elements of an operand. */
interface Extent {
  /** Linear address of the first. */
  readonly first: bigint;
  /** In bytes, of all that are followed. */
  readonly size: number;
  readonly down: boolean;
  /** Those that lie together, in order of `offset`: where in the operand they begin. */
  readonly runs: readonly {
    readonly offset: number;
    readonly size: number;
    /** From the first element. */
    readonly distance: number;
  }[];
}

const flowsById = new WeakMap<Instruction, Dataflow>();

/** What flows where in an instruction; the same object for the same instruction. */
export function dataflowOf(instruction: Instruction): Dataflow {
  let found = flowsById.get(instruction);
  if (found === undefined) {
    found = dataflow(instruction.bytes, instruction.mode, instruction.rip);
    flowsById.set(instruction, found);
  }
  return found;
}

/** An instruction at the state before it ran, and that after it. */
export class Execution {
  readonly instruction: Instruction;
  readonly dataflow: Dataflow;
  readonly #before: State;
  readonly #after: State;
  readonly #address = new LinearAddress();
  readonly #pieces = new Map<Operand, readonly Piece[]>();
  #flows: readonly Flow[] | undefined;

  constructor(instruction: Instruction, before: State, after: State) {
    this.instruction = instruction;
    this.dataflow = dataflowOf(instruction);
    this.#before = before;
    this.#after = after;
  }

  /** The flows that there were: by the flags, and none of a string instruction that ran 0 times. */
  get flows(): readonly Flow[] {
    if (this.#flows === undefined) {
      const { flows, string, repeats } = this.dataflow;
      const idle = string && repeats && this.#repetitions() === 0n;
      this.#flows = idle ? [] : flows.filter((flow) => this.#happened(flow));
    }
    return this.#flows;
  }

  /** The physical memory of a memory operand, in order; less where it is not mapped. */
  pieces(operand: MemoryPart): readonly Piece[] {
    let found = this.#pieces.get(operand);
    if (found === undefined) {
      found = this.#findPieces(operand);
      this.#pieces.set(operand, found);
    }
    return found;
  }

  /** The part of an operand from byte `offset` on, `size` bytes, as places. */
  places(operand: Operand, offset: number, size: number): Place[] {
    if (operand.kind !== 'memory') return [operand];
    const runs: { gva: bigint; end: bigint; pieces: { gpa: number; length: number }[] }[] = [];
    for (const piece of this.pieces(operand)) {
      const from = Math.max(piece.offset, offset);
      const to = Math.min(piece.offset + piece.size, offset + size);
      if (from >= to) continue;
      const into = from - piece.offset;
      const gva = piece.gva + BigInt(into);
      const range = { gpa: piece.gpa + into, length: to - from };
      const last = runs.at(-1);
      if (last?.end === gva) {
        last.pieces.push(range);
        last.end += BigInt(range.length);
      } else {
        runs.push({ gva, end: gva + BigInt(range.length), pieces: [range] });
      }
    }
    return runs.map(({ gva, pieces }) => memoryPlace(gva, pieces));
  }

  /** Bytes of an operand, over all elements of a string instruction. */
  sizeOf(operand: Operand): number {
    return operand.kind === 'memory'
      ? this.#extent(operand).size
      : operand.kind === 'register'
        ? operand.size
        : 1;
  }

  /** Where in an operand of LODS the last element is that it loaded. */
  lastElement(operand: MemoryPart): number {
    return this.#extent(operand).down ? 0 : Math.max(0, this.sizeOf(operand) - operand.size);
  }

  #happened({ when }: Flow): boolean {
    if (when === undefined) return true;
    const state = when.at === 'before' ? this.#before : this.#after;
    return when.holds(Number(BigInt.asIntN(32, this.#value(state, 'rflags'))));
  }

  #findPieces(operand: MemoryPart): Piece[] {
    const { first, size, runs } = this.#extent(operand);
    const pieces: Piece[] = [];
    for (const run of runs) {
      const end = Math.min(size, run.offset + run.size);
      for (let offset = run.offset; offset < end;) {
        const gva = this.#wrap(first + BigInt(run.distance + offset - run.offset));
        const inPage = Math.min(end - offset, PAGE_BYTES - Number(gva % BigInt(PAGE_BYTES)));
        const found = this.#before.translate(gva);
        if (found.kind === 'mapped') pieces.push({ gpa: found.gpa, gva, size: inPage, offset });
        offset += inPage;
      }
    }
    return pieces;
  }

  /** All elements of an operand, as if the lowest came first, and where they lie. */
  #extent({ memory, start, size }: MemoryPart): Extent {
    this.#address.of(memory, new StateRegisters(this.#before), this.instruction.mode === 64);
    const first = this.#wrap(this.#address.value + BigInt(start));
    const pointer = POINTERS[memory.base];
    if (!this.dataflow.string || pointer === undefined) {
      return { first, size, down: false, runs: [{ offset: 0, size, distance: 0 }] };
    }
    const { addressBits } = memory;
    const count = this.dataflow.repeats ? Number(this.#repetitions(addressBits)) : 1;
    const down = (this.#value(this.#before, 'rflags') & BigInt(FLAG_BITS.df)) !== 0n;
    const at = Number(BigInt.asUintN(32, this.#value(this.#before, pointer)));
    const offset = addressBits === 16 ? at & 0xffff : at;
    // Of what it writes twice, the second time counts.
    const lost = memory.writes ? Math.max(0, count - elementsRound(size, addressBits)) : 0;
    const runs = stringRuns({ start: offset, size, count, down, addressBits }).flatMap((run) => {
      const skipped = Math.min(run.count, Math.max(0, lost - run.first));
      const left = run.count - skipped;
      if (left === 0) return [];
      const before = down ? count - run.first - run.count : run.first + skipped;
      const distance = run.distance + (down ? 0 : skipped * size);
      return [{ offset: before * size, size: left * size, distance }];
    });
    if (down) runs.reverse();
    return { first, size: Math.min(count * size, MAX_BYTES), down, runs };
  }

  /** How many elements a repeated string instruction went through. */
  #repetitions(bits = this.#stringBits()): bigint {
    return BigInt.asUintN(bits, -this.#moved(RCX, bits));
  }

  #stringBits(): number {
    const reads = this.dataflow.flows.flatMap(({ target, sources }) => [target, ...sources]);
    const memory = reads.find((each) => each.kind === 'memory');
    return memory?.kind === 'memory' ? memory.memory.addressBits : 64;
  }

  #moved(name: string, bits: number): bigint {
    return BigInt.asIntN(bits, this.#value(this.#after, name) - this.#value(this.#before, name));
  }

  #wrap(address: bigint): bigint {
    return BigInt.asUintN(this.instruction.mode === 64 ? 64 : 32, address);
  }

  #value(state: State, name: string): bigint {
    return state.register(name) ?? 0n;
  }
}
