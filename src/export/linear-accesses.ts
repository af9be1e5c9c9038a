/**
 * Which linear memory each step reads and writes, with the bytes: operands decoded as the execution goes
 * along. What no operand explains (frames of exceptions, XSAVE, Accessed and Dirty bits) is told
 * where its physical page is known to be mapped.
 */
import type { StringOperand } from '../derive/accesses.js';
import { TWO_32 } from '../base/halves.js';
import { PAGE_BYTES } from '../base/page.js';
import { decodeCode, type DecodedCode } from '../derive/code.js';
import {
  ADDRESS_REGISTERS,
  isPagingRegister,
  RCX,
  RegisterFile,
  stackPointer,
} from '../derive/registers.js';
import { Translator } from '../derive/translation.js';
import type { Trace } from '../query/trace.js';
import type { StepBatch } from '../trace/read/step-batches.js';
import { LinearAddress } from '../x86/linear-address.js';
import type { MemoryOperand } from '../x86/operand.js';
import { elementsRound, stringRuns, wentDown } from '../x86/string-runs.js';
import { RunningMemory } from './running-memory.js';

/** Bytes of one step that are told; a REP may go through all of memory. */
const MAX_STEP_BYTES = 16 * 1024 * 1024;

/** Contiguous bytes within a page that a step read or wrote. */
export interface LinearAccess {
  readonly kind: 'read' | 'write';
  readonly address: bigint;
  /** What was read, or what is there after the write. */
  readonly bytes: Uint8Array;
}

/** A range that a step accesses, before it is known what it leaves there. */
interface Piece {
  readonly address: bigint;
  readonly gpa: number;
  readonly size: number;
}

/** Goes through the steps of a trace in order, from some state on. */
export class LinearAccesses {
  readonly #trace: Trace;
  readonly #registers = new RegisterFile();
  readonly #memory: RunningMemory;
  readonly #translator: Translator;
  readonly #address = new LinearAddress();
  readonly #followed = new Set(ADDRESS_REGISTERS);
  readonly #codes: DecodedCode[] = [];
  /** Linear addresses of physical pages that have been accessed under the current page tables. */
  readonly #linear = new Map<number, bigint>();
  #reads: LinearAccess[] = [];
  #written: Piece[] = [];
  #strings: StringOperand[] = [];
  #left = MAX_STEP_BYTES;

  /** @param state the state to begin at: `step` takes that step first */
  constructor(trace: Trace, state: number) {
    this.#trace = trace;
    this.#memory = new RunningMemory(trace, state);
    this.#translator = new Translator(this.#registers, this.#memory);
    for (const { id, value } of trace.state(state).registers()) {
      if (this.#followed.has(id)) this.#setRegister(id, value);
    }
  }

  /** What the i-th step of a batch, the next one, accesses: reads first. */
  step(batch: StepBatch, i: number): LinearAccess[] {
    const step = batch.first + i;
    const id = batch.instruction[i]!;
    const code = (this.#codes[id] ??= decodeCode(this.#trace.instruction(id)));
    this.#reads = [];
    this.#written = [];
    this.#strings = [];
    this.#left = MAX_STEP_BYTES;
    for (const operand of code.operands) {
      this.#address.of(operand, this.#registers, code.mode === 64);
      if (code.string) this.#noteString(operand);
      else this.#access(operand, operand.size, step);
    }
    const moved = this.#applyRegisters(batch, i);
    for (const each of this.#strings) this.#finishString(each, code, step);
    this.#memory.apply(batch, i);
    if (moved) this.#forget();
    this.#learnTables(batch, i);
    return [...this.#reads, ...this.#writes(batch, i, code)];
  }

  /** Notes an access of `size` bytes at the address, which moves on; reads what is there. */
  #access({ reads, writes }: MemoryOperand, size: number, state: number): void {
    const address = this.#address;
    for (let left = Math.min(size, this.#left); left > 0;) {
      const inPage = Math.min(left, PAGE_BYTES - (address.low & (PAGE_BYTES - 1)));
      const gpa = this.#translate(state);
      // Negative where nothing is mapped: then the operand was not accessed after all (masked moves).
      if (gpa >= 0) {
        const piece = { address: address.value, gpa, size: inPage };
        const bytes = reads ? this.#memory.read(gpa, inPage) : undefined;
        if (bytes !== undefined) this.#reads.push({ kind: 'read', address: piece.address, bytes });
        if (writes) this.#written.push(piece);
      }
      left -= inPage;
      this.#left -= inPage;
      if (left > 0) address.add(inPage);
    }
  }

  #translate(state: number): number {
    const { low, high } = this.#address;
    const gpa = this.#translator.translate(low, high, state);
    if (gpa >= 0) {
      const offset = gpa % PAGE_BYTES;
      this.#linear.set((gpa - offset) / PAGE_BYTES, this.#address.value - BigInt(offset));
    }
    return gpa;
  }

  #noteString(operand: MemoryOperand): void {
    const { base, addressBits } = operand;
    if (base < 0) return;
    const { low, high } = this.#address;
    const pointer = this.#registers.low[base]!;
    this.#strings.push({ operand, low, high, pointer, counter: this.#counter(addressBits) });
  }

  /** With the registers as the step left them, and memory still as it found it. */
  #finishString(
    { operand, low, high, pointer, counter }: StringOperand,
    code: DecodedCode,
    step: number,
  ): void {
    const { base, addressBits, size } = operand;
    let count = 1;
    if (code.repeats) {
      count = counter - this.#counter(addressBits);
      if (count < 0) count += 2 ** addressBits;
    }
    const moved = this.#registers.low[base]! - pointer;
    const down =
      count > 1 &&
      (wentDown(moved, { size, count, addressBits }) ?? this.#memory.directionFlag(step));
    const start = addressBits === 16 ? pointer & 0xffff : pointer >>> 0;
    const all = Math.min(count, elementsRound(size, addressBits));
    for (const run of stringRuns({ start, size, count: all, down, addressBits })) {
      this.#address.set(low, high, code.mode === 64);
      this.#address.add(run.distance);
      this.#access(operand, run.count * size, step);
    }
  }

  #counter(addressBits: number): number {
    const low = this.#registers.low[RCX]! >>> 0;
    if (addressBits === 16) return low & 0xffff;
    return addressBits === 32 ? low : (this.#registers.high[RCX]! >>> 0) * TWO_32 + low;
  }

  /** Whether page tables are others than before. */
  #applyRegisters({ registers }: StepBatch, i: number): boolean {
    let moved = false;
    for (let row = registers.start[i]!; row < registers.start[i + 1]!; row++) {
      const id = registers.register[row]!;
      if (!this.#followed.has(id)) continue;
      this.#setRegister(id, registers.value[row]!);
      moved ||= isPagingRegister(id);
    }
    return moved;
  }

  #setRegister(id: number, value: bigint): void {
    this.#registers.set(
      id,
      Number(BigInt.asIntN(32, value)),
      Number(BigInt.asIntN(32, value >> 32n)),
    );
  }

  #forget(): void {
    this.#translator.flush();
    this.#linear.clear();
  }

  #learnTables({ first, memory }: StepBatch, i: number): void {
    for (let row = memory.start[i]!; row < memory.start[i + 1]!; row++) {
      this.#translator.written(memory.gpa[row]!, memory.size[row]!, first + i);
    }
  }

  /** The writes of operands, and of the step's changes those that none of them covers. */
  #writes({ first, memory }: StepBatch, i: number, { mode }: DecodedCode): LinearAccess[] {
    const operands = this.#written;
    const writes: LinearAccess[] = [];
    const tell = (address: bigint, gpa: number, size: number): void => {
      const bytes = this.#memory.read(gpa, size);
      if (bytes !== undefined) writes.push({ kind: 'write', address, bytes });
    };
    for (const { address, gpa, size } of operands) tell(address, gpa, size);
    for (let row = memory.start[i]!; row < memory.start[i + 1]!; row++) {
      const gpa = memory.gpa[row]!;
      const size = memory.size[row]!;
      const covered = operands.some((each) => gpa < each.gpa + each.size && gpa + size > each.gpa);
      if (covered) continue;
      const address = this.#linearOf(gpa, first + i + 1, mode);
      if (address !== undefined) tell(address, gpa, size);
    }
    return writes;
  }

  /** Where a physical address is mapped, as far as is known: frames of exceptions are on the stack. */
  #linearOf(gpa: number, state: number, mode: DecodedCode['mode']): bigint | undefined {
    const offset = gpa % PAGE_BYTES;
    const page = (gpa - offset) / PAGE_BYTES;
    if (!this.#linear.has(page)) {
      const pointer = stackPointer(this.#registers, mode);
      this.#address.set(pointer | 0, Math.floor(pointer / TWO_32) | 0, true);
      this.#translate(state);
    }
    const address = this.#linear.get(page);
    return address === undefined ? undefined : address + BigInt(offset);
  }
}
