import { TWO_32 } from '../../../base/halves.js';
import { machineError } from '../../../base/errors.js';
import { schedYield } from '../../libc.js';
import { CONTROL, MAGIC, OP, VERSION } from './protocol.js';

const REQUEST = CONTROL.request >> 2;
const DONE = CONTROL.done >> 2;
const OP_WORD = CONTROL.op >> 2;
const ARGUMENTS = CONTROL.arguments >> 2;
const RESULT = CONTROL.result >> 2;
const HEARTBEAT = CONTROL.heartbeat >> 2;

const SYS_IOCTL = 16;

/** Polls before others are let in between two: about what a single step takes. */
const POLLS = 4000;
/** Yields between two looks at the clock. */
const YIELDS = 16;
/** Between two looks at whether the machine still lives. */
const LOOK_MS = 50;
/**
 * Waiting longer than this, some single steps, is done asleep: QEMU has lost its processor, maybe to the one
 * who waits, and who slept is let in again sooner than who only yielded.
 */
const AWAKE_MS = 0.25;
const SLEEP_MS = 0.05;
/** Who waits long sleeps long: an eighth of the time that it has waited for, up to this. */
const SLEEP_MAX_MS = 2;
/** The agent's timer has not ticked for so long: the machine has hung itself up. */
const SILENCE_MS = 30_000;

/** The process that is the machine. */
interface Lifeline extends Disposable {
  /** Throws a KvmtraceError (3) where it has ended. */
  checkAlive(): void;
}

/** Requests to the agent, one at a time: written into the control page, and waited for. */
export class Mailbox {
  readonly #words: Int32Array;
  readonly #machine: Lifeline;
  readonly #never = new Int32Array(new SharedArrayBuffer(4));
  #request: number;

  constructor(control: ArrayBuffer, machine: Lifeline) {
    this.#words = new Int32Array(control);
    this.#machine = machine;
    // One that goes on from a saved state has answered some.
    this.#request = this.#words[REQUEST]!;
  }

  /** Whether the agent serves. Throws where it is another version's. */
  get isOpen(): boolean {
    const words = this.#words;
    const at = CONTROL.magic >> 2;
    if (Atomics.load(words, at) !== MAGIC[0] || words[at + 1] !== MAGIC[1]) return false;
    const version = words[CONTROL.version >> 2]!;
    if (version === VERSION) return true;
    throw machineError(
      `the agent in the emulated machine speaks version ${version} of its protocol and kvmtrace ${VERSION}: build it again with agent/build.sh.`,
    );
  }

  /** Asks for nothing, without waiting for it. */
  knock(): void {
    this.#words[OP_WORD] = OP.nothing;
    this.#request = (this.#request + 1) | 0;
    Atomics.store(this.#words, REQUEST, this.#request);
  }

  get isAnswered(): boolean {
    return Atomics.load(this.#words, DONE) === this.#request;
  }

  /** Performs a system call, or an OP, in the emulated machine. Returns its result, or -errno. */
  call(op: number, ...values: readonly number[]): number {
    const words = this.#words;
    words[OP_WORD] = op;
    for (let i = 0; i < 6; i++) this.#argument(i, values[i] ?? 0);
    this.#exchange();
    return words[RESULT + 1]! * TWO_32 + (words[RESULT]! >>> 0);
  }

  /** ioctl without argument, for hot loops: 0 or more, or -errno. */
  ioctl(fd: number, request: number): number {
    const words = this.#words;
    words[OP_WORD] = SYS_IOCTL;
    words[ARGUMENTS] = fd;
    words[ARGUMENTS + 1] = 0;
    words[ARGUMENTS + 2] = request;
    words[ARGUMENTS + 3] = 0;
    words[ARGUMENTS + 4] = 0;
    words[ARGUMENTS + 5] = 0;
    this.#exchange();
    return words[RESULT]!;
  }

  #argument(index: number, value: number): void {
    const at = ARGUMENTS + 2 * index;
    this.#words[at] = value % TWO_32;
    this.#words[at + 1] = Math.floor(value / TWO_32);
  }

  #exchange(): void {
    const words = this.#words;
    const request = (this.#request = (this.#request + 1) | 0);
    Atomics.store(words, REQUEST, request);
    for (let polls = 0; polls < POLLS; polls++) {
      if (Atomics.load(words, DONE) === request) return;
    }
    this.#wait(request);
  }

  /** Beside other work on the same processors a poll without rest takes the time of what it waits for. */
  #wait(request: number): void {
    const words = this.#words;
    const start = performance.now();
    let now = start;
    let looked = start;
    let heard = start;
    let heartbeat = words[HEARTBEAT];
    for (let turn = 1; Atomics.load(words, DONE) !== request; turn++) {
      if (now - start < AWAKE_MS) {
        schedYield();
        if (turn % YIELDS !== 0) continue;
      } else {
        const ms = Math.max(SLEEP_MS, Math.min((now - start) / 8, SLEEP_MAX_MS));
        Atomics.wait(this.#never, 0, 0, ms);
      }
      now = performance.now();
      if (now - looked < LOOK_MS) continue;
      looked = now;
      this.#machine.checkAlive();
      if (words[HEARTBEAT] !== heartbeat) {
        heartbeat = words[HEARTBEAT];
        heard = now;
      } else if (now - heard > SILENCE_MS) {
        // Nobody is to wait for it once more.
        this.#machine[Symbol.dispose]();
        throw machineError(
          `the emulated machine has been silent for ${SILENCE_MS / 1000} seconds: QEMU has hung itself up on what the guest did; record on /dev/kvm, or with another version of QEMU.`,
        );
      }
    }
  }
}
