import { interruptThreadEvery } from '../libc.js';
import { TICK_MS } from './host.js';

let users = 0;
let stop: () => void = () => undefined;

/** A timer signal to this thread, as long as somebody wants it. */
export class Ticks implements Disposable {
  #on = true;

  constructor() {
    if (users++ === 0) stop = interruptThreadEvery(TICK_MS);
  }

  [Symbol.dispose](): void {
    if (!this.#on) return;
    this.#on = false;
    if (--users === 0) stop();
  }
}
