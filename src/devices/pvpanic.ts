import { StatelessDevice } from './stateless.js';

/** What a read gives: which events it takes. */
const PANICKED = 1;

/** Port 0x505, by which a kernel says that it has panicked: that ends the recording. */
export class PvPanic extends StatelessDevice {
  readonly name = 'pvpanic';
  readonly ports = [{ first: 0x505, count: 1 }];
  readonly #panicked: () => void;

  constructor(panicked: () => void) {
    super();
    this.#panicked = panicked;
  }

  read(): number {
    return PANICKED;
  }

  write(_port: number, _size: number, value: number): void {
    if (value & PANICKED) this.#panicked();
  }
}
