import { allOnes } from './bus.js';
import { StatelessDevice } from './stateless.js';

/**
 * Ends the recording with the guest's exit code: the value that it writes (1, 2 or 4 bytes) to
 * port 0xf4 or 0x501, as it is. QEMU's isa-debug-exit, which lives at the same ports, would exit
 * with twice the value plus one.
 */
export class DebugExit extends StatelessDevice {
  readonly name = 'debug-exit';
  readonly ports = [
    { first: 0xf4, count: 1, wide: true },
    { first: 0x501, count: 1, wide: true },
  ];
  readonly #exit: (code: number) => void;

  constructor(exit: (code: number) => void) {
    super();
    this.#exit = exit;
  }

  read(_port: number, size: number): number {
    return allOnes(size);
  }

  write(_port: number, _size: number, value: number): void {
    this.#exit(value);
  }
}
