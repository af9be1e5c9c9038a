import { StatelessDevice } from './stateless.js';

/** What a read gives, so that a guest can tell that the port is there (as Bochs and QEMU do). */
const PRESENT = 0xe9;

/** Takes one byte that the guest prints; `port` says through which device. */
export type Output = (byte: number, port: number) => void;

/** The ports that firmware and small kernels print to: 0xe9 (Bochs) and 0x402 (SeaBIOS, OVMF). */
export class DebugConsole extends StatelessDevice {
  readonly name = 'debug-console';
  readonly ports = [
    { first: 0xe9, count: 1 },
    { first: 0x402, count: 1 },
  ];
  readonly #output: Output;

  constructor(output: Output) {
    super();
    this.#output = output;
  }

  read(): number {
    return PRESENT;
  }

  write(port: number, _size: number, value: number): void {
    this.#output(value, port);
  }
}
