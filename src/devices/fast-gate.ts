import { StatelessDevice } from './stateless.js';

/** A20 is enabled and the machine is not being reset; KVM cannot mask A20 away. */
const A20_ENABLED = 2;
const RESET = 1;

/** System control port A, 0x92: the fast A20 gate, which is always open, and a reset. */
export class FastGate extends StatelessDevice {
  readonly name = 'fast-gate';
  readonly ports = [{ first: 0x92, count: 1 }];
  readonly #reset: () => void;

  constructor(reset: () => void) {
    super();
    this.#reset = reset;
  }

  read(): number {
    return A20_ENABLED;
  }

  write(_port: number, _size: number, value: number): void {
    if (value & RESET) this.#reset();
  }
}
