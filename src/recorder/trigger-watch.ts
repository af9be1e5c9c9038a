import { highWord, lowWord } from '../base/halves.js';
import { CS, modeOf, RIP } from '../machine/register-words.js';
import type { DeliveredStep, RetiredStep } from '../stepper/step.js';
import type { Stepper } from '../stepper/stepper.js';
import type { Trigger } from './trigger.js';

/** Tells when a guest that is stepped has come to a place. */
export interface TriggerWatch {
  /** After a step or a delivery, before it is accepted. */
  happened(step: RetiredStep | DeliveredStep, stepper: Stepper): void;
  /** Before step `step`, or the delivery before it: whether the place has been reached. */
  isReached(stepper: Stepper, step: number): boolean;
}

/** Counts from the state that the guest is in: what it is about to run there is no arrival. */
export function watchFor(trigger: Trigger): TriggerWatch {
  switch (trigger.kind) {
    case 'step':
      return { happened: () => undefined, isReached: (_, step) => step >= trigger.step };
    case 'code':
      return new CodeWatch(trigger.addresses, trigger.nth);
    case 'port':
      return new PortWatch(trigger.port, trigger.nth);
    case 'written':
      return new WriteWatch(trigger.gpa);
  }
}

/** Whether the next instruction is one of those at linear addresses. */
export function isNext(
  words: Int32Array,
  halves: readonly (readonly [low: number, high: number])[],
): boolean {
  return halves.some(([low, high]) => {
    if (modeOf(words) === 64) return words[RIP] === low && words[RIP + 1] === high;
    return ((words[CS]! + words[RIP]!) | 0) === low && high === 0;
  });
}

class CodeWatch implements TriggerWatch {
  readonly #halves: readonly (readonly [number, number])[];
  #left: number;
  /** Something has retired or was delivered since the last look. */
  #moved = false;

  constructor(addresses: readonly bigint[], nth: number) {
    this.#halves = addresses.map((address) => [lowWord(address), highWord(address)]);
    this.#left = nth;
  }

  happened(): void {
    this.#moved = true;
  }

  isReached({ words }: Stepper): boolean {
    if (!this.#moved || !isNext(words, this.#halves)) return false;
    this.#moved = false;
    return --this.#left === 0;
  }
}

class PortWatch implements TriggerWatch {
  readonly #port: number;
  #left: number;

  constructor(port: number, nth: number) {
    this.#port = port;
    this.#left = nth;
  }

  happened({ accesses }: RetiredStep | DeliveredStep): void {
    if (accesses.some(({ kind, address }) => kind === 'port' && address === this.#port)) {
      this.#left--;
    }
  }

  isReached(): boolean {
    return this.#left <= 0;
  }
}

class WriteWatch implements TriggerWatch {
  readonly #gpa: number;
  #isWritten = false;

  constructor(gpa: number) {
    this.#gpa = gpa;
  }

  happened(_step: RetiredStep | DeliveredStep, { dirty, control }: Stepper): void {
    if (dirty.count === 0 || this.#isWritten) return;
    const slot = control.shadow.slots.find(
      ({ gpa, size }) => this.#gpa >= gpa && this.#gpa < gpa + size,
    );
    if (slot === undefined) return;
    const at = this.#gpa - slot.gpa;
    this.#isWritten = slot.bytes[at] !== slot.shadowBytes[at];
  }

  isReached(): boolean {
    return this.#isWritten;
  }
}
