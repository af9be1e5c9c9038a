import type { MemoryOperand } from '../../x86/operand.js';
import type { Code } from '../code-cache.js';
import {
  ACCESS,
  ANY_DELTA,
  ARENA,
  CODE,
  CODE_BYTES,
  CODES,
  NONE,
  OPERAND,
  OPERAND_BYTES,
  PROBES,
} from './layout.js';
import { plainForm, type PlainForm } from './plain.js';

/** What is known of a code, by its id. */
const UNKNOWN = 0;
const IN_TABLE = 1;
const NOT_PLAIN = 2;

/**
 * The plain instructions that the loop knows: a hash table by linear address, written here and read by
 * it. A place that is taken is only ever given to another code: the loop may look past it.
 */
export class CodeTable {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  #states = new Uint8Array(1 << 12);
  #homes = new Uint16Array(1 << 12);
  /** Id of the code in each place, plus one. */
  readonly #idIn = new Uint32Array(CODES);

  constructor(buffer: ArrayBuffer) {
    this.#view = new DataView(buffer, ARENA.codes);
    this.#bytes = new Uint8Array(buffer, ARENA.codes);
  }

  /** Whether a burst may begin with it: it is in the table then. */
  has(code: Code): boolean {
    const { id } = code;
    const state = this.#states[id] ?? UNKNOWN;
    if (state !== UNKNOWN) return state === IN_TABLE;
    const form = plainForm(code.class);
    this.#remember(id, form === undefined ? NOT_PLAIN : IN_TABLE);
    if (form === undefined) return false;
    this.#put(code, form);
    return true;
  }

  /** It does not end as a plain instruction does, after all. */
  remove(id: number): void {
    this.#remember(id, NOT_PLAIN);
    const home = this.#homes[id]!;
    for (let i = 0; i < PROBES; i++) {
      const place = (home + i) & (CODES - 1);
      if (this.#idIn[place] !== id + 1) continue;
      // Length and address stay, so that what lies behind it is found; no code runs in mode 0.
      this.#view.setUint8(place * CODE_BYTES + CODE.mode, 0);
      this.#idIn[place] = 0;
    }
  }

  /** Takes every code out. Only places that have one are touched: the whole table is 8 MiB. */
  clear(): void {
    this.#idIn.forEach((taken, place) => {
      if (taken !== 0) this.#bytes.fill(0, place * CODE_BYTES, (place + 1) * CODE_BYTES);
    });
    this.#idIn.fill(0);
    this.#states.fill(UNKNOWN);
  }

  #remember(id: number, state: number): void {
    if (id >= this.#states.length) {
      const states = new Uint8Array(Math.max(2 * this.#states.length, id + 1));
      states.set(this.#states);
      this.#states = states;
      const homes = new Uint16Array(states.length);
      homes.set(this.#homes);
      this.#homes = homes;
    }
    this.#states[id] = state;
  }

  /** A free place near the code's own, or that of another code, which is forgotten. */
  #placeFor(code: Code): number {
    const home = homeOf(code);
    for (let i = 0; i < PROBES; i++) {
      const place = (home + i) & (CODES - 1);
      if (this.#idIn[place] === 0) return place;
    }
    this.#remember(this.#idIn[home]! - 1, UNKNOWN);
    return home;
  }

  #put(code: Code, { flow, operands, branchOperand }: PlainForm): void {
    const place = this.#placeFor(code);
    this.#idIn[place] = code.id + 1;
    this.#homes[code.id] = homeOf(code);
    const view = this.#view;
    const at = place * CODE_BYTES;
    this.#bytes.fill(0, at, at + CODE_BYTES);
    view.setInt32(at + CODE.linear, code.linearLow, true);
    view.setInt32(at + CODE.linear + 4, code.linearHigh, true);
    view.setInt32(at + CODE.rip, code.ripLow, true);
    view.setInt32(at + CODE.rip + 4, code.ripHigh, true);
    this.#bytes.set(code.bytes, at + CODE.bytes);
    view.setInt32(at + CODE.target, code.targetLow, true);
    view.setInt32(at + CODE.target + 4, code.targetHigh, true);
    view.setUint32(at + CODE.id, code.id, true);
    view.setInt32(at + CODE.stack_delta, code.class.stackDelta ?? ANY_DELTA, true);
    view.setUint8(at + CODE.length, code.bytes.length);
    view.setUint8(at + CODE.mode, code.mode);
    view.setUint8(at + CODE.flow, flow);
    view.setUint8(at + CODE.conditional, code.class.conditional ? 1 : 0);
    view.setUint8(at + CODE.branch_register, code.class.branchRegister & NONE);
    view.setUint8(at + CODE.branch_size, code.class.branchSize);
    view.setUint8(at + CODE.branch_operand, branchOperand);
    view.setUint8(at + CODE.operand_count, operands.length);
    operands.forEach((operand, i) => {
      this.#putOperand(at + CODE.operand + i * OPERAND_BYTES, operand, code.mode === 64);
    });
  }

  #putOperand(at: number, operand: MemoryOperand, code64: boolean): void {
    const view = this.#view;
    view.setUint8(at + OPERAND.segment, operand.segment);
    view.setUint8(at + OPERAND.base, operand.base & NONE);
    view.setUint8(at + OPERAND.index, operand.index & NONE);
    view.setUint8(at + OPERAND.scale, operand.scale);
    // Outside of 64-bit code the stack segment says how wide the stack pointer is.
    const addressBits = operand.stack && !code64 ? 0 : operand.addressBits;
    view.setUint8(at + OPERAND.address_bits, addressBits);
    view.setUint8(at + OPERAND.size, operand.size);
    const access = (operand.reads ? ACCESS.READS : 0) | (operand.writes ? ACCESS.WRITES : 0);
    view.setUint8(at + OPERAND.access, access);
    view.setInt32(at + OPERAND.displacement, operand.displacementLow, true);
    view.setInt32(at + OPERAND.displacement + 4, operand.displacementHigh, true);
  }
}

/** The table's index is the low bits of the linear address. */
function homeOf({ linearLow }: Code): number {
  return linearLow & (CODES - 1);
}
