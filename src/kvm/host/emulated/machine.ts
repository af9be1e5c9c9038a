/** The emulated machine as a whole: QEMU, the window into its RAM, and the agent that serves there. */
import { wideNumber } from '../../../base/halves.js';
import { PAGE_BYTES } from '../../../base/page.js';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { KvmtraceError, machineError } from '../../../base/errors.js';
import { packageRoot } from '../../../base/package-root.js';
import { SyscallError, type Mapping } from '../../libc.js';
import { initramfs } from './initramfs.js';
import { readModule, type HostKernel } from './kernel.js';
import { Mailbox } from './mailbox.js';
import { findParts, type Parts } from './parts.js';
import { OP, SYS, WINDOW_ADDRESS } from './protocol.js';
import { Qemu } from './qemu.js';
import { Window } from './window.js';

const AGENT = fileURLToPath(new URL('agent/agent', packageRoot));

const GIB = 2 ** 30;
/** Of guests' memory in all; only what is written to is used. */
const WINDOW_BYTES = 32 * GIB;
/** The control page and the arguments behind it. */
const RESERVED_BYTES = 16 << 20;

/** Most that a boot may take, on a machine with much other work. */
const BOOT_MS = 180_000;
const BOOT_POLL_MS = 5;

const EINTR = -4;
const O_RDONLY = 0;

/** How kvm-amd runs guests there. */
export interface MachineSettings {
  /** Nested paging; without it KVM keeps shadow page tables. */
  readonly npt: boolean;
}

export class EmulatedMachine implements Disposable {
  readonly settings: MachineSettings;
  readonly kernel: HostKernel;
  readonly qemuVersion: string;
  readonly window: Window;
  readonly mailbox: Mailbox;
  /** Room for arguments in the window, in this process. */
  readonly arena: Mapping;
  /** What the agent calls it. */
  readonly arenaAgentAddress = WINDOW_ADDRESS + PAGE_BYTES;
  readonly #qemu: Qemu;
  #hasModules = false;

  private constructor(settings: MachineSettings, { kernel, qemuVersion }: Parts) {
    this.settings = settings;
    this.kernel = kernel;
    this.qemuVersion = qemuVersion;
    this.#qemu = new Qemu({
      kernel: kernel.image,
      initramfs: initramfs([
        { name: 'init', data: readFileSync(AGENT) },
        ...kernel.modules.map((path, i) => ({ name: moduleFile(i), data: readModule(path) })),
      ]),
      windowBytes: WINDOW_BYTES,
    });
    const { ramFd: fd, windowFileOffset: fileOffset } = this.#qemu;
    this.window = new Window({ fd, fileOffset, size: WINDOW_BYTES, reserved: RESERVED_BYTES });
    const control = this.window.view(0, PAGE_BYTES);
    this.arena = this.window.view(PAGE_BYTES, RESERVED_BYTES - PAGE_BYTES);
    this.mailbox = new Mailbox(control.buffer, this.#qemu);
  }

  /**
   * Starts the machine; it boots meanwhile.
   *
   * @throws KvmtraceError (3) naming what is missing and where it is to be had
   */
  static launch(settings: MachineSettings, parts = findParts()): EmulatedMachine {
    return new EmulatedMachine(settings, parts);
  }

  /** Waits until it serves. Blocks this thread. */
  waitUntilReady(): void {
    const sleeper = new Int32Array(new SharedArrayBuffer(4));
    for (const start = performance.now(); !this.#isReady(start);) {
      Atomics.wait(sleeper, 0, 0, BOOT_POLL_MS);
    }
  }

  /** The same, while others run. Rejects with the signal's reason when it is aborted. */
  async untilReady(signal?: AbortSignal): Promise<void> {
    for (const start = performance.now(); !this.#isReady(start);) {
      await delay(BOOT_POLL_MS);
      signal?.throwIfAborted();
    }
  }

  #isReady(start: number): boolean {
    if (this.mailbox.isOpen) {
      if (!this.#hasModules) this.#loadModules();
      return true;
    }
    this.#qemu.checkAlive();
    if (performance.now() - start > BOOT_MS) {
      const line = this.#qemu.lastConsoleLine ?? 'nothing';
      throw machineError(
        `the emulated machine has not booted in ${BOOT_MS / 1000} seconds (it last said: ${line}): try again when this machine has less other work, or with another kernel from \`kvmtrace host install\`.`,
      );
    }
    return false;
  }

  /** Performs a system call there, again where the agent's timer interrupted it. */
  call(number: number, ...values: readonly number[]): number {
    for (;;) {
      const result = this.mailbox.call(number, ...values);
      if (result !== EINTR) return result;
    }
  }

  /** The same; throws a SyscallError. */
  checked(name: string, number: number, ...values: readonly number[]): number {
    const result = this.call(number, ...values);
    if (result < 0 && result > -PAGE_BYTES) throw new SyscallError(name, -result);
    return result;
  }

  /** Writes text into the arena, for a system call that takes a path. Returns its address there. */
  text(value: string): number {
    new Uint8Array(this.arena.buffer).set(Buffer.from(`${value}\0`));
    return this.arenaAgentAddress;
  }

  /** Performs a system call that gives something back: there is nothing to be given where it is gone. */
  release(number: number, ...values: readonly number[]): void {
    try {
      if (!this.isGone) this.call(number, ...values);
    } catch (error) {
      if (!(error instanceof KvmtraceError)) throw error;
    }
  }

  /** The numbers of the machine's pages that memory of the agent lies in; 0 where there is none. */
  pageNumbers(address: number, count: number): Float64Array {
    const out = this.arenaAgentAddress;
    this.checked('pagemap', OP.pages, address, count, out);
    const words = new Uint32Array(this.arena.buffer, 0, 2 * count);
    return Float64Array.from({ length: count }, (_, i) =>
      wideNumber(words[2 * i]!, words[2 * i + 1]!),
    );
  }

  /** The file that is the machine's RAM, for mapping its pages by their numbers. */
  get ramFd(): number {
    return this.#qemu.ramFd;
  }

  get isGone(): boolean {
    return this.#qemu.hasEnded;
  }

  #loadModules(): void {
    this.#hasModules = true;
    this.kernel.modules.forEach((path, i) => {
      const fd = this.checked('open', SYS.open, this.text(`/${moduleFile(i)}`), O_RDONLY);
      const parameters = /kvm-amd\.ko/.test(path) ? `npt=${this.settings.npt ? 1 : 0}` : '';
      const result = this.call(SYS.finit_module, fd, this.text(parameters), 0);
      this.call(SYS.close, fd);
      // What KVM only uses where it is there may find no device to drive.
      if (result < 0 && /\/kvm(-amd)?\.ko/.test(path)) {
        throw machineError(
          `the kernel ${this.kernel.release} does not load ${path} in the emulated machine (${new SyscallError('finit_module', -result).code}): let \`kvmtrace host install\` fetch another kernel.`,
        );
      }
    });
  }

  [Symbol.dispose](): void {
    this.#qemu[Symbol.dispose]();
  }
}

function moduleFile(index: number): string {
  return `module${index}`;
}
