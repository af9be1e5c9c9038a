/** Where a memory operand lies in physical memory, by the registers and page tables of a step. */
import { PAGE_BYTES } from '../../base/page.js';
import { REGISTER_RFLAGS } from '../../trace/format/registers.js';
import { FLAG_BITS } from '../../x86/flag-bits.js';
import { LinearAddress } from '../../x86/linear-address.js';
import { elementsRound, stringRuns } from '../../x86/string-runs.js';
import type { RegisterFile } from '../exact/register-file.js';
import { mappingAt, type PageMapping } from '../../query/page-mapping.js';
import type { TraceFile } from '../../trace/read/trace-file.js';
import type { Side } from '../side.js';
import type { Uses } from './uses.js';

const PAGE = BigInt(PAGE_BYTES);
/** Of struct kvm_regs. */
const RCX = 2;
/** Pages whose mappings are kept at a time. */
const MAX_PAGES = 65_536;
/** What the decoder knows no size of is the processor's state: FXSAVE and XSAVE areas. */
const STATE_BYTES = 4096;
/** A REP that reads more is taken to read this much: only the blame depends on it. */
const MAX_REPEATED_BYTES = 16 * 1024 * 1024;

/** A run of linear memory, its length in bytes. */
export interface LinearRange {
  readonly linear: bigint;
  readonly length: number;
}

/** Kept from operand to operand. */
const address = new LinearAddress();

/** What an instruction reads of memory, by the registers before the step. */
export function readRanges(uses: Uses, registers: RegisterFile, mode: number): LinearRange[] {
  const code64 = mode === 64;
  return uses.reads.flatMap((operand) => {
    const size = operand.size || STATE_BYTES;
    const { addressBits, base } = operand;
    address.of(operand, registers, code64);
    const linear = address.value;
    if (!uses.repeats || base < 0) return [{ linear, length: size }];
    const most = Math.min(Math.floor(MAX_REPEATED_BYTES / size), elementsRound(size, addressBits));
    const wanted = BigInt.asUintN(addressBits, registers.value(RCX));
    const count = wanted < most ? Number(wanted) : most;
    const down = (registers.low(REGISTER_RFLAGS) & FLAG_BITS.df) !== 0;
    const start = Number(BigInt.asUintN(Math.min(addressBits, 32), registers.value(base)));
    return stringRuns({ start, size, count, down, addressBits }).map((run) => ({
      linear: BigInt.asUintN(code64 ? 64 : 32, linear + BigInt(run.distance)),
      length: run.count * size,
    }));
  });
}

/** Translates linear addresses of one trace, as the page tables of each state have them. */
export class Translator {
  readonly #file: TraceFile;
  /** By page; each holds from one change of its paging structures to the next. */
  readonly #mappings = new Map<bigint, PageMapping>();

  constructor({ file }: Side) {
    this.#file = file;
  }

  /** gpa of a linear address in the state before `step`; undefined where nothing is mapped. */
  gpa(linear: bigint, step: number): number | undefined {
    const page = linear - (linear % PAGE);
    let mapping = this.#mappings.get(page);
    if (mapping === undefined || step < mapping.first || step >= mapping.end) {
      if (this.#mappings.size >= MAX_PAGES) this.#mappings.clear();
      mapping = mappingAt(this.#file, page, step);
      this.#mappings.set(page, mapping);
    }
    return mapping.gpa === undefined ? undefined : mapping.gpa + Number(linear - page);
  }

  /** The parts of a range that are mapped, page by page. */
  *pieces({ linear, length }: LinearRange, step: number): Generator<[gpa: number, length: number]> {
    for (let done = 0; done < length;) {
      const at = BigInt.asUintN(64, linear + BigInt(done));
      const size = Math.min(length - done, Number(PAGE - (at % PAGE)));
      const gpa = this.gpa(at, step);
      if (gpa !== undefined) yield [gpa, size];
      done += size;
    }
  }
}
