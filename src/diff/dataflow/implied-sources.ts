/**
 * What a step reads besides its operands: page tables, descriptors, gates, registers of the system.
 * Asked only where the operands explain nothing.
 */
import { CR0_PE, EFER_LMA } from '../../x86/control-bits.js';
import { PAGE_BYTES } from '../../base/page.js';
import {
  REGISTER_CR0,
  REGISTER_DEBUG,
  REGISTER_EFER,
  REGISTER_FPU_CONTROL,
  REGISTER_GDTR_BASE,
  REGISTER_MSR,
  REGISTER_SEGMENTS,
  REGISTER_ST,
} from '../../trace/format/registers.js';
import { RegisterFile } from '../exact/register-file.js';
import type { Pair } from '../side.js';
import type { LinearRange } from './address.js';
import type { Differing } from './differing.js';
import type { ReadBoth } from './differing-memory.js';
import { moreTelling, type TaintEdge, type StepOfBoth } from './taint-edges.js';
import type { Sources } from './sources.js';
import type { Uses } from './uses.js';

const REGISTER_IDTR_BASE = REGISTER_GDTR_BASE + 2;
const SEGMENTS = 8;
/** Numbers of the two among them that are no segments of the program. */
const System = { tr: 6, ldtr: 7 } as const;
const TSS_BYTES = 104;

/** A step whose difference its operands do not explain. */
export interface ImpliedStep {
  readonly at: StepOfBoth;
  /** By number in a. */
  readonly id: number;
  /** Vectors of what is delivered after it on either side. */
  readonly vectors: readonly number[];
  /** Ids of registers that differ after it. */
  readonly written: readonly number[];
  /** Nothing that is recorded differed before it. */
  readonly equalBefore: boolean;
  readonly read: ReadBoth;
}

/** Looks for a difference among what a step reads besides its operands. */
export class ImpliedSources {
  readonly #pair: Pair;
  readonly #sources: Sources;

  constructor(pair: Pair, sources: Sources) {
    this.#pair = pair;
    this.#sources = sources;
  }

  /** The most telling of the differences that the step reads so. */
  of(step: ImpliedStep, differing: Differing): TaintEdge | undefined {
    if (differing.empty) return undefined;
    const registers = new RegisterFile(this.#pair.a, step.at.stepA);
    const uses = this.#sources.uses(step.id);
    let best = this.#systemRegisters(step, uses, differing);
    if (differing.memory.size === 0) return best;
    const look = (range: LinearRange): void => {
      for (const [gpa, length] of this.#sources.translator.pieces(range, step.at.stepA)) {
        best = moreTelling(best, differing.memory.in(gpa, length, step.read));
      }
    };
    for (const vector of step.vectors) look(gate(registers, vector));
    if (step.vectors.length > 0) {
      look({ linear: registers.value(segment(System.tr) + 1), length: TSS_BYTES });
    }
    for (const selector of segmentsIn(step.written))
      look(descriptor(registers, selector, this.#after(step)));
    for (const { linear } of this.#sources.ranges(step.id, registers)) {
      for (const table of this.#tables(linear, step.at)) {
        best = moreTelling(best, differing.memory.in(table, PAGE_BYTES, step.read));
      }
    }
    return best;
  }

  /**
   * Whether everything that the step reads is recorded, and equal: then the machines did not
   * compute alike.
   */
  allEqual(step: ImpliedStep, differing: Differing): boolean {
    const uses = this.#sources.uses(step.id);
    const { stepA, stepB } = step.at;
    const a = new RegisterFile(this.#pair.a, stepA);
    const b = new RegisterFile(this.#pair.b, stepB);
    if (!uses.registers.every((id) => a.knows(id) && b.knows(id))) return false;
    if (step.equalBefore) return true;
    if (uses.readsMore || step.vectors.length > 0 || differing.memory.beyond !== undefined) {
      return false;
    }
    return this.#sources.ranges(step.id, a).every(({ linear, length }) => {
      const readA = this.#pair.a.state(stepA).readVirtual(linear, Math.min(length, PAGE_BYTES));
      const readB = this.#pair.b.state(stepB).readVirtual(linear, Math.min(length, PAGE_BYTES));
      return length <= PAGE_BYTES && Buffer.compare(readA.bytes, readB.bytes) === 0;
    });
  }

  #systemRegisters(
    { vectors }: ImpliedStep,
    uses: Uses,
    { registers }: Differing,
  ): TaintEdge | undefined {
    let best: TaintEdge | undefined;
    const look = (from: number, to: number): void => {
      for (const [id, edge] of registers) if (id >= from && id < to) best = moreTelling(best, edge);
    };
    if (uses.readsMore || vectors.length > 0) {
      look(REGISTER_SEGMENTS, REGISTER_FPU_CONTROL);
      look(REGISTER_MSR, Infinity);
    } else {
      // They decide how every address is translated.
      look(REGISTER_CR0, REGISTER_DEBUG);
    }
    if (uses.registers.some((id) => id >= REGISTER_FPU_CONTROL)) {
      look(REGISTER_FPU_CONTROL, REGISTER_ST);
    }
    return best;
  }

  /** The page tables that lead elsewhere in b. */
  #tables(linear: bigint, { stepA, stepB }: StepOfBoth): readonly number[] {
    const a = this.#pair.a.state(stepA).translate(linear);
    const b = this.#pair.b.state(stepB).translate(linear);
    const mappedA = a.kind === 'mapped' ? a : undefined;
    const mappedB = b.kind === 'mapped' ? b : undefined;
    if (mappedA?.gpa === mappedB?.gpa && mappedA?.writable === mappedB?.writable) return [];
    return [...(mappedA?.tables ?? []), ...(mappedB?.tables ?? [])];
  }

  #after({ at }: ImpliedStep): RegisterFile {
    return new RegisterFile(this.#pair.a, at.stepA + 1);
  }
}

function segment(index: number): number {
  return REGISTER_SEGMENTS + index * 4;
}

/** Ids of the selectors of the segments that any of these registers belongs to. */
function segmentsIn(ids: readonly number[]): number[] {
  return Array.from({ length: SEGMENTS }, (_, i) => segment(i)).filter((first) =>
    ids.some((id) => id >= first && id < first + 4),
  );
}

function gate(registers: RegisterFile, vector: number): LinearRange {
  const isLong = (registers.low(REGISTER_EFER) & EFER_LMA) !== 0;
  const isProtected = (registers.low(REGISTER_CR0) & CR0_PE) !== 0;
  const length = isLong ? 16 : isProtected ? 8 : 4;
  return { linear: registers.value(REGISTER_IDTR_BASE) + BigInt(vector * length), length };
}

/** The descriptor of a selector that was loaded. */
function descriptor(before: RegisterFile, id: number, after: RegisterFile): LinearRange {
  const selector = after.value(id);
  const table = (selector & 4n) === 0n ? REGISTER_GDTR_BASE : segment(System.ldtr) + 1;
  return { linear: before.value(table) + (selector & 0xfff8n), length: 8 };
}
