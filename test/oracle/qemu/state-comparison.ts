import { GENERAL_REGISTERS, REGISTER_RFLAGS } from '../../../src/trace/format/registers.js';
import type { TraceCursor } from '../helpers/cursor.js';
import type { Allowance } from '../helpers/allowance.js';
import type { LogState } from './log-state.js';
import { systemDifferences } from './system-comparison.js';

/** TF and RF: the stepping's own, where they show. */
const FLAGS_OF_STEPPING = 0x100 | 0x10000;
const RIP = 16;
const FLAGS = 17;

/** Compares a state of a trace with a dump of QEMU's. */
export class StateComparison {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #allowance: Allowance;

  constructor(ids: ReadonlyMap<string, number>, allowance: Allowance) {
    this.#ids = ids;
    this.#allowance = allowance;
  }

  /** What differs, or an empty string. */
  compare(cursor: TraceCursor, logged: LogState): string {
    const differences: string[] = [];
    const { words } = cursor;
    const { width } = logged;
    const mode = cursor.instruction?.mode;
    if (mode !== undefined && (mode === 64) !== (width === 64)) {
      differences.push(`trace: ${mode}-bit code, QEMU: not`);
    }
    const ripLow = Number(cursor.rip & 0xffff_ffffn);
    const ripHigh = Number(cursor.rip >> 32n);
    if (ripLow !== logged.words[2 * RIP] || ripHigh !== logged.words[2 * RIP + 1]) {
      differences.push(describe('rip', cursor.rip, logged, RIP));
    }
    for (let i = 0; i < logged.count; i++) {
      const equal =
        words[2 * i] === logged.words[2 * i] &&
        (width === 32 || words[2 * i + 1] === logged.words[2 * i + 1]);
      if (this.#allowed(i, equal)) continue;
      differences.push(describe(GENERAL_REGISTERS[i]!, cursor.values[i]!, logged, i));
    }
    const ignored = this.#allowance.flags | FLAGS_OF_STEPPING;
    if (((words[2 * REGISTER_RFLAGS]! ^ logged.words[2 * FLAGS]!) & ~ignored) !== 0) {
      const except = this.#allowance.flags.toString(16);
      const flags = describe('rflags', cursor.values[REGISTER_RFLAGS]!, logged, FLAGS);
      differences.push(`${flags} (0x${except} undefined)`);
    }
    if (cursor.systemChanged || logged.systemChanged) {
      differences.push(...systemDifferences(this.#ids, cursor, logged.system));
      logged.systemChanged = false;
    }
    return differences.join(', ');
  }

  /** An allowance ends when the registers are equal again. */
  #allowed(register: number, equal: boolean): boolean {
    if (equal) {
      this.#allowance.registers &= ~(1 << register);
      return true;
    }
    return (this.#allowance.registers & (1 << register)) !== 0;
  }
}

function describe(name: string, expected: bigint, { words }: LogState, at: number): string {
  const actual = (BigInt(words[2 * at + 1]!) << 32n) | BigInt(words[2 * at]!);
  return `${name} trace 0x${expected.toString(16)} QEMU 0x${actual.toString(16)}`;
}
