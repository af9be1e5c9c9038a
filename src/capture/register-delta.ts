import type { Code } from '../stepper/code-cache.js';
import type { EventSink } from '../trace/format/event-sink.js';
import {
  REGISTER_APIC_BASE,
  REGISTER_CR0,
  REGISTER_GDTR_BASE,
  REGISTER_RFLAGS,
  REGISTER_SEGMENTS,
} from '../trace/format/registers.js';
import {
  APIC_BASE,
  CR0,
  GDT,
  IDT,
  RFLAGS,
  RIP,
  SEGMENT_WORDS,
  SREGS,
  STEPPING_FLAGS,
} from '../machine/register-words.js';

const GENERAL = 16;
const SEGMENTS = 8;
/** Behind this come the bits of pending interrupts, which are no state of the guest. */
const SREGS_END = APIC_BASE + 2;

/**
 * Compares the live registers with those before the step and sends what changed. `commit` then makes
 * the live ones those before the next step.
 */
export class RegisterDelta {
  readonly #words: Int32Array;
  readonly #before: Int32Array;
  /** General registers and rflags after the step, low and high word by turns. */
  readonly #after = new Int32Array(2 * (GENERAL + 1));
  #mask = 0;
  #systemChanged = false;

  constructor(words: Int32Array, before: Int32Array) {
    this.#words = words;
    this.#before = before;
  }

  /** Sends every register as it is: the initial values. */
  sendAll(sink: EventSink): void {
    for (let i = 0; i < GENERAL; i++) {
      sink.register(i, this.#words[2 * i]!, this.#words[2 * i + 1]!);
    }
    sink.register(
      REGISTER_RFLAGS,
      this.#words[RFLAGS]! & ~STEPPING_FLAGS,
      this.#words[RFLAGS + 1]!,
    );
    forEachSystemRegister(this.#words, (id, low, high) => {
      sink.register(id, low, high);
    });
  }

  /** Sends a step event with the general registers, then the segment and control registers. */
  sendStep(sink: EventSink, code: Code, instruction: number): void {
    this.#compareGeneral();
    this.#systemChanged = code.class.system && this.#compareSystem();
    sink.step(instruction, this.#mask, this.#after);
    if (this.#systemChanged) this.#sendSystem(sink);
  }

  /** Sends what an exception or interrupt changed, without a step of its own. */
  sendDelivery(sink: EventSink): void {
    this.#compareGeneral();
    this.#systemChanged = this.#compareSystem();
    for (let i = 0; i <= GENERAL; i++) {
      if ((this.#mask & (1 << i)) === 0) continue;
      sink.register(i, this.#after[2 * i]!, this.#after[2 * i + 1]!);
    }
    if (this.#systemChanged) this.#sendSystem(sink);
  }

  commit(): void {
    const before = this.#before;
    const words = this.#words;
    before[RIP] = words[RIP]!;
    before[RIP + 1] = words[RIP + 1]!;
    for (let mask = this.#mask; mask !== 0; mask &= mask - 1) {
      const register = 31 - Math.clz32(mask & -mask);
      const at = register === GENERAL ? RFLAGS : 2 * register;
      before[at] = this.#after[2 * register]!;
      before[at + 1] = this.#after[2 * register + 1]!;
    }
    if (this.#systemChanged) before.set(words.subarray(SREGS, SREGS_END), SREGS);
  }

  #compareGeneral(): void {
    const words = this.#words;
    const before = this.#before;
    const after = this.#after;
    let mask = 0;
    for (let i = 0; i < GENERAL; i++) {
      const low = words[2 * i]!;
      const high = words[2 * i + 1]!;
      if (low !== before[2 * i] || high !== before[2 * i + 1]) {
        mask |= 1 << i;
        after[2 * i] = low;
        after[2 * i + 1] = high;
      }
    }
    const flags = words[RFLAGS]! & ~STEPPING_FLAGS;
    if (flags !== before[RFLAGS]) {
      mask |= 1 << GENERAL;
      after[2 * GENERAL] = flags;
      after[2 * GENERAL + 1] = words[RFLAGS + 1]!;
    }
    this.#mask = mask;
  }

  #compareSystem(): boolean {
    let changed = 0;
    for (let i = SREGS; i < SREGS_END; i++) changed |= this.#words[i]! ^ this.#before[i]!;
    return changed !== 0;
  }

  #sendSystem(sink: EventSink): void {
    const old = new Map<number, [number, number]>();
    forEachSystemRegister(this.#before, (id, low, high) => old.set(id, [low, high]));
    forEachSystemRegister(this.#words, (id, low, high) => {
      const [oldLow, oldHigh] = old.get(id)!;
      if (low !== oldLow || high !== oldHigh) sink.register(id, low, high);
    });
  }
}

/** Visits segments, descriptor tables and control registers with their ids in the trace. */
function forEachSystemRegister(
  words: Int32Array,
  visit: (id: number, low: number, high: number) => void,
): void {
  let id = REGISTER_SEGMENTS;
  for (let segment = 0; segment < SEGMENTS; segment++) {
    const at = SREGS + segment * SEGMENT_WORDS;
    visit(id++, words[at + 3]! & 0xffff, 0);
    visit(id++, words[at]!, words[at + 1]!);
    visit(id++, words[at + 2]!, 0);
    visit(id++, segmentAttributes(words, at), 0);
  }
  id = REGISTER_GDTR_BASE;
  for (const table of [GDT, IDT]) {
    visit(id++, words[table]!, words[table + 1]!);
    visit(id++, words[table + 2]! & 0xffff, 0);
  }
  id = REGISTER_CR0;
  for (let at = CR0; at <= APIC_BASE; at += 2) visit(id++, words[at]!, words[at + 1]!);
  if (id !== REGISTER_APIC_BASE + 1)
    throw new Error('kvmtrace bug: control registers out of order');
}

/**
 * Access rights in the layout of VMX (SDM vol. 3, table 26-2): type, S, DPL, P, AVL, L, D/B, G and
 * unusable, from the bytes of struct kvm_segment.
 */
function segmentAttributes(words: Int32Array, at: number): number {
  const type = (words[at + 3]! >>> 16) & 0xf;
  const present = words[at + 3]! >>> 24;
  const dpl = words[at + 4]! & 0xff;
  const db = (words[at + 4]! >>> 8) & 0xff;
  const s = (words[at + 4]! >>> 16) & 0xff;
  const l = words[at + 4]! >>> 24;
  const g = words[at + 5]! & 0xff;
  const avl = (words[at + 5]! >>> 8) & 0xff;
  const unusable = (words[at + 5]! >>> 16) & 0xff;
  return (
    type |
    (s << 4) |
    (dpl << 5) |
    (present << 7) |
    (avl << 12) |
    (l << 13) |
    (db << 14) |
    (g << 15) |
    (unusable << 16)
  );
}
