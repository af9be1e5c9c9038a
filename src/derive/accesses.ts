/**
 * Which memory each step reads and writes: operands and the frames of exceptions decoded, held against
 * what changed.
 */
import { TWO_32 } from '../base/halves.js';
import { PAGE_BYTES } from '../base/page.js';
import type { Interruption } from '../trace/read/events.js';
import type { StepChunk } from '../trace/read/step-columns.js';
import { LinearAddress } from '../x86/linear-address.js';
import type { MemoryOperand } from '../x86/operand.js';
import { elementsRound, stringRuns, wentDown } from '../x86/string-runs.js';
import { AccessKind, AccessRuns, LINE_BYTES } from './access-runs.js';
import type { DecodedCode } from './code.js';
import { ExceptionFrames, type OnWord, type ReadLinear } from './exception-frames.js';
import { RCX, type RegisterFile } from './registers.js';
import type { DerivedSink } from './sink.js';
import type { MemorySource, Translator } from './translation.js';

/** Pages that string instructions may access, on top of some for each step: see #spend. */
const STRING_PAGES = 2 ** 22;
const STRING_PAGES_PER_STEP = 16;

/** A string operand, noted before the instruction moves its pointers. */
export interface StringOperand {
  readonly operand: MemoryOperand;
  readonly low: number;
  readonly high: number;
  readonly pointer: number;
  readonly counter: number;
}

/** String instructions claim more memory than any machine could have gone through. */
export class TooManyAccessesError extends Error {}

/** Finds the accesses of each step along a pass and adds them to the runs. */
export class Accesses {
  readonly #registers: RegisterFile;
  readonly #translator: Translator;
  readonly #source: MemorySource;
  readonly #frames: ExceptionFrames;
  readonly #runs: AccessRuns;
  readonly #address = new LinearAddress();
  readonly #strings: StringOperand[] = [];
  #chunk: StepChunk | undefined;
  /** Rows of memory_write of the current step, and which of them an operand explains. */
  #firstRow = 0;
  #endRow = 0;
  #explained = 0;
  #stringPages = STRING_PAGES;

  constructor(
    registers: RegisterFile,
    translator: Translator,
    source: MemorySource,
    sink: DerivedSink,
  ) {
    this.#registers = registers;
    this.#translator = translator;
    this.#source = source;
    this.#frames = new ExceptionFrames(registers);
    this.#runs = new AccessRuns(sink);
  }

  begin(chunk: StepChunk): void {
    this.#chunk = chunk;
    this.#endRow = 0;
  }

  /** At the state before a step. */
  before(index: number, code: DecodedCode): void {
    const { memory, first } = this.#chunk!;
    const step = first + index;
    this.#firstRow = this.#endRow;
    while (this.#endRow < memory.count && memory.step[this.#endRow] === index) this.#endRow++;
    this.#explained = 0;
    this.#stringPages += STRING_PAGES_PER_STEP;
    const address = this.#address;
    for (const operand of code.operands) {
      address.of(operand, this.#registers, code.mode === 64);
      if (code.string) this.#noteString(operand, address);
      else this.#access(step, kindOf(operand), operand.size, address, step);
    }
  }

  /** Like `before`, for a step without operands. */
  idle(index: number): void {
    const { memory } = this.#chunk!;
    this.#firstRow = this.#endRow;
    if (this.#endRow === memory.count || memory.step[this.#endRow] !== index) return;
    while (this.#endRow < memory.count && memory.step[this.#endRow] === index) this.#endRow++;
    this.#explained = 0;
  }

  /** At the state before a step that deliveries follow. */
  beforeDeliveries(code: DecodedCode): void {
    this.#frames.before(code);
  }

  /** With the registers as the step left them, and the deliveries that followed it. */
  after(index: number, code: DecodedCode, deliveries?: readonly Interruption[]): void {
    const step = this.#chunk!.first + index;
    if (this.#strings.length > 0) this.#finishStrings(step, code);
    if (this.#endRow !== this.#firstRow) this.#learnTables(step);
    if (deliveries !== undefined) this.#addFrames(step, deliveries);
    if (this.#endRow !== this.#firstRow) this.#finishRows(step);
  }

  finish(): void {
    this.#runs.finish();
  }

  /** Accesses `size` bytes at `address`, which moves on, through the page tables of `state`. */
  #access(step: number, kind: number, size: number, address: LinearAddress, state: number): void {
    for (let left = size; left > 0;) {
      const inPage = Math.min(left, PAGE_BYTES - (address.low & (PAGE_BYTES - 1)));
      const gpa = this.#translator.translate(address.low, address.high, state);
      // Negative where nothing is mapped: then the operand was not accessed after all (masked moves).
      if (gpa >= 0) {
        const silent = (kind & AccessKind.write) !== 0 && !this.#changed(gpa, inPage);
        const found = silent ? kind | AccessKind.silent : kind;
        if (inPage <= LINE_BYTES) this.#runs.add(step, gpa, inPage, found);
        else this.#runs.addLong(step, gpa, inPage, found);
      }
      left -= inPage;
      if (left > 0) address.add(inPage);
    }
  }

  /** Deliveries count to the step before them, and have read the page tables after it. */
  #addFrames(step: number, deliveries: readonly Interruption[]): void {
    const state = step + 1;
    const read: ReadLinear = (address, size) => {
      const gpa = this.#translator.translate(address.low, address.high, state);
      const bytes = gpa < 0 ? undefined : this.#source.read(gpa, size, state);
      return bytes?.reduceRight((value, byte) => value * 256 + byte, 0);
    };
    const write: OnWord = (address, size) => {
      this.#access(step, AccessKind.write | AccessKind.implied, size, address, state);
    };
    this.#frames.pushed(deliveries, read, write);
  }

  /** Whether a row of the step covers a byte; those that do are explained. */
  #changed(gpa: number, size: number): boolean {
    const { memory } = this.#chunk!;
    let found = false;
    for (let row = this.#firstRow; row < this.#endRow; row++) {
      const at = memory.gpa[row]!;
      if (at >= gpa + size || at + memory.size[row]! <= gpa) continue;
      found = true;
      // Of more than 31 rows of a step the last are shown as implied: those are XSAVE and such.
      if (row - this.#firstRow < 31) this.#explained |= 1 << (row - this.#firstRow);
    }
    return found;
  }

  #noteString(operand: MemoryOperand, { low, high }: LinearAddress): void {
    const { base, addressBits } = operand;
    if (base < 0) return;
    const pointer = this.#registers.low[base]!;
    const counter = this.#counter(addressBits);
    this.#strings.push({ operand, low, high, pointer, counter });
  }

  #finishStrings(step: number, code: DecodedCode): void {
    for (const { operand, low, high, pointer, counter } of this.#strings) {
      const { base, addressBits, size } = operand;
      let count = 1;
      if (code.repeats) {
        count = counter - this.#counter(addressBits);
        if (count < 0) count += 2 ** addressBits;
      }
      this.#spend(count * size);
      const moved = this.#registers.low[base]! - pointer;
      const down = count > 1 && this.#wentDown(moved, { size, count, addressBits }, step);
      const start = addressBits === 16 ? pointer & 0xffff : pointer >>> 0;
      // What it comes to twice it accesses all the same.
      const all = Math.min(count, elementsRound(size, addressBits));
      for (const run of stringRuns({ start, size, count: all, down, addressBits })) {
        const address = this.#address;
        address.set(low, high, code.mode === 64);
        address.add(run.distance);
        this.#access(step, kindOf(operand), run.count * size, address, step);
      }
    }
    this.#strings.length = 0;
  }

  #wentDown(moved: number, elements: Parameters<typeof wentDown>[1], step: number): boolean {
    return wentDown(moved, elements) ?? this.#source.directionFlag(step);
  }

  #counter(addressBits: number): number {
    const low = this.#registers.low[RCX]! >>> 0;
    if (addressBits === 16) return low & 0xffff;
    return addressBits === 32 ? low : (this.#registers.high[RCX]! >>> 0) * TWO_32 + low;
  }

  #spend(bytes: number): void {
    this.#stringPages -= Math.ceil(bytes / PAGE_BYTES);
    if (this.#stringPages < 0) throw new TooManyAccessesError();
  }

  /** News for the page tables. */
  #learnTables(step: number): void {
    const { memory } = this.#chunk!;
    for (let row = this.#firstRow; row < this.#endRow; row++) {
      this.#translator.written(memory.gpa[row]!, memory.size[row]!, step);
    }
  }

  /** Changes that neither an operand nor a frame explains. */
  #finishRows(step: number): void {
    const { memory } = this.#chunk!;
    for (let row = this.#firstRow; row < this.#endRow; row++) {
      const bit = row - this.#firstRow;
      const explained = bit < 31 && (this.#explained & (1 << bit)) !== 0;
      // Rows of a repeated string instruction are many and all its own.
      if (explained || this.#coveredByString(bit)) continue;
      this.#runs.add(
        step,
        memory.gpa[row]!,
        memory.size[row]!,
        AccessKind.write | AccessKind.implied,
      );
    }
  }

  #coveredByString(bit: number): boolean {
    return bit >= 31 && this.#explained === -1 >>> 1;
  }
}

function kindOf({ reads, writes }: MemoryOperand): number {
  return (reads ? AccessKind.read : 0) | (writes ? AccessKind.write : 0);
}
