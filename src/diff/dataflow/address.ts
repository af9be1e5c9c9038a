/** Where a memory operand lies in physical memory, by the registers and page tables of a step. */
import { REGISTER_SEGMENTS } from '../../trace/registers.js';
import type { MemoryOperand } from '../../x86/operand.js';
import type { RegisterFile } from '../exact/register-file.js';
import type { Side } from '../side.js';

const PAGE = 4096n;
const FS = 3;
/** Translations are forgotten after so many steps: page tables change. */
const KEEP_STEPS = 4096;

/** The linear address of an operand before the step. */
export function linearAddress(
  operand: MemoryOperand,
  registers: RegisterFile,
  mode: number,
): bigint {
  const width = operand.addressBits;
  let offset = operand.displacement;
  if (operand.base >= 0) offset += registers.value(operand.base);
  if (operand.index >= 0) offset += registers.value(operand.index) * BigInt(operand.scale);
  offset = BigInt.asUintN(width, offset);
  // In 64-bit mode only fs and gs have a base.
  if (mode === 64 && operand.segment < FS) return offset;
  if (operand.segment > 5) return offset;
  const base = registers.value(REGISTER_SEGMENTS + operand.segment * 4 + 1);
  return BigInt.asUintN(mode === 64 ? 64 : 32, offset + base);
}

/** Translates linear addresses of one trace. */
export class Translator {
  readonly #side: Side;
  readonly #pages = new Map<bigint, number | undefined>();
  #since = -1;

  constructor(side: Side) {
    this.#side = side;
  }

  /** gpa of a linear address in the state before `step`; undefined where nothing is mapped. */
  gpa(linear: bigint, step: number): number | undefined {
    if (this.#since < 0 || step - this.#since > KEEP_STEPS || step < this.#since) {
      this.#pages.clear();
      this.#since = step;
    }
    const page = linear - (linear % PAGE);
    let found = this.#pages.get(page);
    if (found === undefined && !this.#pages.has(page)) {
      const result = this.#side.state(step).translate(page);
      found = result.kind === 'mapped' ? result.gpa : undefined;
      this.#pages.set(page, found);
    }
    return found === undefined ? undefined : found + Number(linear - page);
  }
}
