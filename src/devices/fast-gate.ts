import { StatelessDevice } from './stateless.js';

/** A20 is enabled and the machine is not being reset; KVM cannot mask A20 away. */
const A20_ENABLED = 2;

/** System control port A, 0x92: the fast A20 gate, always open. Writes change nothing. */
export class FastGate extends StatelessDevice {
  readonly name = 'fast-gate';
  readonly ports = [{ first: 0x92, count: 1 }];

  read(): number {
    return A20_ENABLED;
  }

  write(): void {
    // Closing the gate or resetting through it is not supported.
  }
}
