/** Where the operands of an executed instruction were. */
import type { Instruction } from '../../trace/reader/instructions.js';
import { dataflow, type Dataflow, type Operand } from '../../x86/dataflow.js';
import { LinearAddress } from '../../x86/linear-address.js';
import type { MemoryOperand } from '../../x86/operand.js';
import { PAGE_SIZE } from '../../trace/reader/memory.js';
import type { State } from '../state.js';
import type { MemoryPlace, Place } from './location.js';
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

const flowsById = new WeakMap<Instruction, Dataflow>();

/** What flows where in an instruction; the same object for the same instruction. */
export function flowsOf(instruction: Instruction): Dataflow {
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
  readonly flow: Dataflow;
  readonly #before: State;
  readonly #after: State;
  readonly #address = new LinearAddress();

  constructor(instruction: Instruction, before: State, after: State) {
    this.instruction = instruction;
    this.flow = flowsOf(instruction);
    this.#before = before;
    this.#after = after;
  }

  /** The physical memory of a memory operand, in order; less where it is not mapped. */
  pieces(operand: Extract<Operand, { kind: 'memory' }>): Piece[] {
    const { start, size } = this.#extent(operand);
    const pieces: Piece[] = [];
    for (let offset = 0; offset < size;) {
      const gva = this.#wrap(start + BigInt(offset));
      const inPage = Math.min(size - offset, PAGE_SIZE - Number(gva % BigInt(PAGE_SIZE)));
      const found = this.#before.translate(gva);
      if (found.kind === 'mapped') pieces.push({ gpa: found.gpa, gva, size: inPage, offset });
      offset += inPage;
    }
    return pieces;
  }

  /** The part of an operand from byte `offset` on, `size` bytes, as places. */
  places(operand: Operand, offset: number, size: number): Place[] {
    if (operand.kind !== 'memory') return [operand];
    const places: MemoryPlace[] = [];
    for (const piece of this.pieces(operand)) {
      const from = Math.max(piece.offset, offset);
      const to = Math.min(piece.offset + piece.size, offset + size);
      if (from >= to) continue;
      const into = from - piece.offset;
      places.push({
        kind: 'memory',
        gpa: piece.gpa + into,
        gva: piece.gva + BigInt(into),
        size: to - from,
      });
    }
    return places;
  }

  /** Bytes of an operand, over all elements of a string instruction. */
  sizeOf(operand: Operand): number {
    return operand.kind === 'memory'
      ? this.#extent(operand).size
      : operand.kind === 'register'
        ? operand.size
        : 1;
  }

  #extent({ memory, size }: Extract<Operand, { kind: 'memory' }>): { start: bigint; size: number } {
    const start = this.#linear(memory);
    const pointer = POINTERS[memory.base];
    if (!this.flow.string || pointer === undefined) return { start, size };
    const element = memory.size;
    const bits = memory.addressBits;
    const moved = (name: string): bigint =>
      BigInt.asIntN(bits, this.#value(this.#after, name) - this.#value(this.#before, name));
    const count = this.flow.repeats ? BigInt.asUintN(bits, -moved(RCX)) : 1n;
    const total = Number(count) * element;
    const down = count > 1n && moved(pointer) < 0n;
    return {
      start: down ? start - BigInt(total - element) : start,
      size: Math.min(total, MAX_BYTES),
    };
  }

  #linear(memory: MemoryOperand): bigint {
    this.#address.of(memory, new StateRegisters(this.#before), this.instruction.mode === 64);
    return this.#address.value;
  }

  #wrap(address: bigint): bigint {
    return BigInt.asUintN(this.instruction.mode === 64 ? 64 : 32, address);
  }

  #value(state: State, name: string): bigint {
    return state.register(name) ?? 0n;
  }
}
