/** Whether two values are one in two builds: the same number, or the same place, wherever it lies. */
import type { Side } from '../../side.js';
import type { RegisterFile } from '../../exact/register-file.js';

/** Of struct kvm_regs. */
const RSP = 6;
/** Frames of calls that are under way lie so near to the stack pointer. */
const STACK_BYTES = 1n << 16n;

/** Compares values of the two runs, addresses by what they lead to. */
export class MovedValues {
  readonly #a: Side;
  readonly #b: Side;

  constructor(a: Side, b: Side) {
    [this.#a, this.#b] = [a, b];
  }

  same(a: bigint, b: bigint, registersA: RegisterFile, registersB: RegisterFile): boolean {
    if (a === b) return true;
    const [x, y] = [this.#a.file.symbols.at(a), this.#b.file.symbols.at(b)];
    if (x !== undefined && y !== undefined && x.symbol.name === y.symbol.name) {
      // Code of a function that changed lies elsewhere in it: a return address, say.
      return x.offset === y.offset || x.symbol.kind === 'function';
    }
    const [distanceA, distanceB] = [a - registersA.value(RSP), b - registersB.value(RSP)];
    return distanceA === distanceB && distanceA > -STACK_BYTES && distanceA < STACK_BYTES;
  }
}
