/**
 * What the changed code makes different, followed through registers, flags and memory of both builds
 * as far as they run together. Addresses that moved are no difference. What differs and was not read
 * from something that the changed code made different is left out: this tells the way from the change
 * to what it decides, and nothing else.
 */
import { hex } from '../../../base/number-text.js';
import { REGISTER_RFLAGS } from '../../../trace/format/registers.js';
import { Differing } from '../../dataflow/differing.js';
import { Roots } from '../../dataflow/cause.js';
import { Sources } from '../../dataflow/sources.js';
import { TaintEdges, pathTo, type TaintEdge, type StepOfBoth } from '../../dataflow/taint-edges.js';
import { Cursor } from '../../exact/cursor.js';
import { decodeEffects, type Effects, type MemoryRow } from '../../exact/effects.js';
import { reconcile } from '../../exact/reconcile.js';
import { RegisterPair } from '../../exact/register-pair.js';
import type { WrittenMemory } from '../../exact/written-memory.js';
import type { Pair } from '../../side.js';
import { MovedValues } from './moved-values.js';

/** A value that differs: a register, or bytes of memory. */
export interface TrailValue {
  readonly name: string;
  readonly a: bigint;
  readonly b: bigint;
}

/** A step of the way, in both runs. */
export interface TrailStep extends StepOfBoth {
  /** What the step wrote otherwise; undefined where it only decided something. */
  readonly value: TrailValue | undefined;
}

/** Of an excursion of one build more is not compared byte by byte. */
const MAX_ROWS = 4096;

/** Follows the values from the change on, step by step of both runs. */
export class ValueTrail {
  readonly #pair: Pair;
  readonly #a: Cursor;
  readonly #b: Cursor;
  readonly #registers: RegisterPair;
  readonly #differing = new Differing();
  readonly #sources: Sources;
  readonly #edges = new TaintEdges();
  readonly #root: TaintEdge;
  readonly #values = new Map<string, TrailValue>();
  readonly #moved: MovedValues;

  /** @param start where both come to the changed code */
  constructor(pair: Pair, start: StepOfBoth) {
    this.#pair = pair;
    [this.#a, this.#b] = [new Cursor(pair.a), new Cursor(pair.b)];
    this.#registers = new RegisterPair(pair, start.stepA, start.stepB);
    this.#sources = new Sources(pair.a);
    this.#moved = new MovedValues(pair.a, pair.b);
    const cause = { kind: 'code', ...start, what: 'code', a: '', b: '' } as const;
    this.#root = this.#edges.begin(new Roots().add(cause), start);
  }

  get empty(): boolean {
    return this.#differing.empty;
  }

  /** Both go on from other states, with nothing that differs. */
  jump({ stepA, stepB }: StepOfBoth): void {
    this.#registers.load(stepA, stepB);
  }

  /**
   * A step that both run.
   *
   * @param changed the instruction is another in the two builds
   */
  together(at: StepOfBoth, changed: boolean): TaintEdge | undefined {
    const effects = this.#effects(at);
    if (effects === undefined) return undefined;
    const { a, b, wordsA, wordsB } = effects;
    const id = a.instruction;
    const { differing } = this;
    const read = (gpa: number, length: number): readonly [Uint8Array, Uint8Array] => [
      this.#pair.a.memory.read(gpa, length, at.stepA),
      this.#pair.b.memory.read(gpa, length, at.stepB),
    ];
    const registers = this.#registers;
    const source = this.#sources.of(
      { id, step: at.stepA, registers: registers.a, delivers: a.interruptions.length > 0, read },
      differing,
    );
    registers.apply(wordsA, wordsB);
    const written = this.#compareRows(a.memory, b.memory, at);
    const uses = this.#sources.uses(id);
    const found = reconcile(a, b, { registers, differing, uses, ignoreUndefined: true, written });
    const from = source ?? (changed ? this.#root : undefined);
    const different = found.registers.filter((register) => !this.#isMoved(register));
    // What differs for another reason hides what differed there before.
    const edge = from === undefined ? undefined : this.#edges.carry(from, id, at);
    for (const register of found.registers) {
      if (edge !== undefined && different.includes(register)) {
        differing.registers.set(register, edge);
      } else differing.registers.delete(register);
    }
    for (let bit = 0; bit < 32; bit++) {
      if ((found.flags & (1 << bit)) === 0) continue;
      if (edge === undefined) differing.flags.delete(bit);
      else differing.flags.set(bit, edge);
    }
    for (const { gpa, a: bytes } of found.memory) {
      for (let i = 0; i < bytes.length; i++) {
        if (edge === undefined) differing.memory.delete(gpa + i);
        else differing.memory.set(gpa + i, edge);
      }
    }
    if (edge !== undefined) this.#keep(at, this.#valueOf(different, found.memory));
    return edge;
  }

  get differing(): Differing {
    return this.#differing;
  }

  /** What the step at which control parts, or output differs, reads of what differs. */
  pathAt(at: StepOfBoth): readonly TrailStep[] | undefined {
    const id = this.#a.instruction(at.stepA);
    if (id === undefined) return undefined;
    const read = (gpa: number, length: number): readonly [Uint8Array, Uint8Array] => [
      this.#pair.a.memory.read(gpa, length, at.stepA),
      this.#pair.b.memory.read(gpa, length, at.stepB),
    ];
    const source = this.#sources.of(
      { id, step: at.stepA, registers: this.#registers.a, delivers: false, read },
      this.#differing,
    );
    if (source === undefined) return undefined;
    const steps = pathTo(source).filter(({ stepA }) => stepA < at.stepA);
    return [...steps, at].map((step) => ({ ...step, value: this.#values.get(keyOf(step)) }));
  }

  /** Steps that one build alone runs, the changed code among them or for its sake. */
  apart(from: StepOfBoth, to: StepOfBoth): void {
    const { differing } = this;
    const rowsA = this.#pair.a.file.memory.between(from.stepA, to.stepA);
    const rowsB = this.#pair.b.file.memory.between(from.stepB, to.stepB);
    this.#registers.load(to.stepA, to.stepB);
    const at = {
      stepA: Math.max(from.stepA, to.stepA - 1),
      stepB: Math.max(from.stepB, to.stepB - 1),
    };
    const id = this.#a.instruction(at.stepA) ?? 0;
    let edge: TaintEdge | undefined;
    const begin = (): TaintEdge => (edge ??= this.#edges.carry(this.#root, id, at));
    const registers: number[] = [];
    for (const register of this.#registers.differing()) {
      if (register === REGISTER_RFLAGS || this.#isMoved(register)) continue;
      if (!differing.registers.has(register)) differing.registers.set(register, begin());
      registers.push(register);
    }
    for (const register of [...differing.registers.keys()]) {
      if (!registers.includes(register)) differing.registers.delete(register);
    }
    const flags = this.#registers.flagsDiffering();
    for (let bit = 0; bit < 32; bit++) {
      if ((flags & (1 << bit)) === 0) differing.flags.delete(bit);
      else if (!differing.flags.has(bit)) differing.flags.set(bit, begin());
    }
    const memory: { gpa: number; a: Uint8Array; b: Uint8Array }[] = [];
    for (const { gpa, size } of [...rowsA, ...rowsB].slice(0, MAX_ROWS)) {
      const a = this.#pair.a.memory.read(gpa, size, to.stepA);
      const b = this.#pair.b.memory.read(gpa, size, to.stepB);
      const moved = size === 8 && this.#isMovedWord(a, b);
      for (let i = 0; i < size; i++) {
        if (a[i] === b[i] || moved) differing.memory.delete(gpa + i);
        else if (!differing.memory.has(gpa + i)) differing.memory.set(gpa + i, begin());
      }
      if (!moved && Buffer.compare(a, b) !== 0) memory.push({ gpa, a, b });
    }
    if (edge !== undefined) this.#keep(at, this.#valueOf(registers, memory));
  }

  #effects({
    stepA,
    stepB,
  }: StepOfBoth): { a: Effects; b: Effects; wordsA: Int32Array; wordsB: Int32Array } | undefined {
    const wordsA = this.#a.words(stepA);
    const wordsB = this.#b.words(stepB);
    if (wordsA === undefined || wordsB === undefined) return undefined;
    return { a: decodeEffects(wordsA), b: decodeEffects(wordsB), wordsA, wordsB };
  }

  #isMoved(register: number): boolean {
    const { a, b } = this.#registers.values(register);
    if (a === undefined || b === undefined) return true;
    return this.#moved.same(a, b, this.#registers.a, this.#registers.b);
  }

  #isMovedWord(a: Uint8Array, b: Uint8Array): boolean {
    const [x, y] = [Buffer.from(a).readBigUInt64LE(), Buffer.from(b).readBigUInt64LE()];
    return this.#moved.same(x, y, this.#registers.a, this.#registers.b);
  }

  /** Row by row: where what is written lies may differ. Named by where it lies in a. */
  #compareRows(
    a: readonly MemoryRow[],
    b: readonly MemoryRow[],
    { stepA, stepB }: StepOfBoth,
  ): WrittenMemory {
    const equal: { gpa: number; length: number }[] = [];
    const differing: { gpa: number; a: Uint8Array; b: Uint8Array }[] = [];
    for (const [i, x] of a.entries()) {
      const y = b[i];
      const [bytesA, bytesB] = [bytesOf(x), y === undefined ? undefined : bytesOf(y)];
      const same =
        bytesB !== undefined &&
        bytesA.length === bytesB.length &&
        (Buffer.compare(bytesA, bytesB) === 0 ||
          (bytesA.length === 8 && this.#isMovedWord(bytesA, bytesB)));
      if (same) equal.push({ gpa: x.gpa, length: x.size });
      else if (bytesB?.length === bytesA.length)
        differing.push({ gpa: x.gpa, a: bytesA, b: bytesB });
      else {
        // Only changes are recorded: b has there what it had before.
        const kept = this.#pair.b.memory.read(x.gpa, x.size, stepB + 1);
        if (Buffer.compare(bytesA, kept) === 0) equal.push({ gpa: x.gpa, length: x.size });
        else differing.push({ gpa: x.gpa, a: bytesA, b: kept });
      }
    }
    for (const y of b.slice(a.length)) {
      const kept = this.#pair.a.memory.read(y.gpa, y.size, stepA + 1);
      differing.push({ gpa: y.gpa, a: kept, b: bytesOf(y) });
    }
    return { equal, differing };
  }

  #valueOf(
    registers: readonly number[],
    memory: readonly { gpa: number; a: Uint8Array; b: Uint8Array }[],
  ): TrailValue | undefined {
    const [register] = registers;
    if (register !== undefined) {
      const { name, a = 0n, b = 0n } = this.#registers.values(register);
      return { name, a, b };
    }
    const [bytes] = memory;
    if (bytes === undefined) return undefined;
    return { name: `[${hex(bytes.gpa)}]`, a: numberOf(bytes.a), b: numberOf(bytes.b) };
  }

  #keep(at: StepOfBoth, value: TrailValue | undefined): void {
    if (value !== undefined) this.#values.set(keyOf(at), value);
  }
}

function keyOf({ stepA, stepB }: StepOfBoth): string {
  return `${stepA} ${stepB}`;
}

function bytesOf({ size, low, high }: MemoryRow): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32LE(low, 0);
  bytes.writeInt32LE(high, 4);
  return bytes.subarray(0, size);
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
