/** The emulated machine as a whole: QEMU, the window into its RAM, and the agent that serves there. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wideNumber } from '../../../base/halves.js';
import { PAGE_BYTES } from '../../../base/page.js';
import { KvmtraceError, machineError } from '../../../base/errors.js';
import { packageRoot } from '../../../base/package-root.js';
import { SyscallError, type Mapping } from '../../libc.js';
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../../mmap-flags.js';
import { initramfs } from './initramfs.js';
import { readModule, type HostKernel } from './kernel.js';
import { Mailbox } from './mailbox.js';
import { Monitor } from './monitor.js';
import type { Parts } from './parts.js';
import { OP, SYS, WINDOW_ADDRESS } from './protocol.js';
import { machineArguments, Qemu, type QemuStart } from './qemu.js';
import type { SavedState } from './saved-state.js';
import { until, type Waiting } from './waiting.js';
import { Window } from './window.js';

const AGENT = fileURLToPath(new URL('agent/agent', packageRoot));

const GIB = 2 ** 30;
/** Of guests' memory in all; only what is written to is used. */
const WINDOW_BYTES = 32 * GIB;
/** The control page and the arguments behind it. */
const RESERVED_BYTES = 16 << 20;

/** Most that a boot may take, on a machine with much other work. */
const BOOT_MS = 180_000;
/** And saving or loading a state, which takes a tenth of a second. */
const CONTINUE_MS = 30_000;

/** RAM that is a file of this process is no part of the state that QEMU writes. */
const IGNORE_SHARED = [
  'migrate-set-capabilities',
  { capabilities: [{ capability: 'x-ignore-shared', state: true }] },
] as const;

/** <linux/sysinfo.h>. */
const SYSINFO_FREERAM = 40;
/** Free memory that is left to the kernel inside while the rest is cleared. */
const SPARED_BYTES = 16 << 20;
/** <asm-generic/mman-common.h>. */
const MAP_POPULATE = 0x8000;

const EINTR = -4;
const O_RDONLY = 0;

/** How kvm-amd runs guests there. */
export interface MachineSettings {
  /** Nested paging; without it KVM keeps shadow page tables. */
  readonly npt: boolean;
}

/** A running machine of the emulated host. */
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
  #monitor: Monitor | undefined;

  private constructor(
    settings: MachineSettings,
    { kernel, qemuVersion }: Parts,
    start: QemuStart,
    hasMonitor: boolean,
  ) {
    this.settings = settings;
    this.kernel = kernel;
    this.qemuVersion = qemuVersion;
    this.#monitor = hasMonitor ? new Monitor() : undefined;
    this.#qemu = new Qemu({
      ...{ start, windowBytes: WINDOW_BYTES, monitorFd: this.#monitor?.qemuFd },
    });
    this.#monitor?.handedOver();
    const { ramFd: fd, windowFileOffset: fileOffset } = this.#qemu;
    this.window = new Window({ fd, fileOffset, size: WINDOW_BYTES, reserved: RESERVED_BYTES });
    const control = this.window.view(0, PAGE_BYTES);
    this.arena = this.window.view(PAGE_BYTES, RESERVED_BYTES - PAGE_BYTES);
    this.mailbox = new Mailbox(control.buffer, this.#qemu);
  }

  /** Starts a machine, and waits until it has booted and serves. Throws a KvmtraceError (3). */
  static *boot(
    settings: MachineSettings,
    parts: Parts,
    { hasMonitor = false } = {},
  ): Waiting<EmulatedMachine> {
    const { kernel } = parts;
    const files = [
      { name: 'init', data: readFileSync(AGENT) },
      ...kernel.modules.map((path, i) => ({ name: moduleFile(i), data: readModule(path) })),
    ];
    const start = { kind: 'boot', kernel: kernel.image, initramfs: initramfs(files) } as const;
    const machine = new EmulatedMachine(settings, parts, start, hasMonitor);
    return yield* machine.#orDisposed(machine.#booted());
  }

  /** Starts a machine where another one was saved. Throws a KvmtraceError (3). */
  static *continue(
    settings: MachineSettings,
    parts: Parts,
    state: SavedState,
  ): Waiting<EmulatedMachine> {
    const machine = new EmulatedMachine(settings, parts, { kind: 'state', state }, true);
    return yield* machine.#orDisposed(machine.#continued());
  }

  /** What a saved state depends on, beside the files of its parts. */
  static dependencies(settings: MachineSettings): unknown {
    const agent = createHash('sha256').update(readFileSync(AGENT)).digest('hex');
    return [settings, agent, machineArguments(WINDOW_BYTES)];
  }

  *#orDisposed(waiting: Waiting<void>): Waiting<this> {
    try {
      yield* waiting;
      return this;
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  *#booted(): Waiting<void> {
    const isOpen = yield* until(() => {
      this.#qemu.checkAlive();
      return this.mailbox.isOpen;
    }, BOOT_MS);
    if (isOpen) {
      this.#loadModules();
      return;
    }
    const line = this.#qemu.lastConsoleLine ?? 'nothing';
    throw machineError(
      `the emulated machine has not booted in ${BOOT_MS / 1000} seconds (it last said: ${line}): try again when this machine has less other work, or with another kernel from \`kvmtrace host install\`.`,
    );
  }

  *#continued(): Waiting<void> {
    const monitor = this.#monitor!;
    yield* monitor.ask('qmp_capabilities');
    yield* monitor.ask(...IGNORE_SHARED);
    yield* monitor.ask('migrate-incoming', { uri: this.#qemu.loadingCommand });
    this.mailbox.knock();
    const serves = yield* until(() => {
      this.#qemu.checkAlive();
      return this.mailbox.isAnswered;
    }, CONTINUE_MS);
    if (!serves) {
      throw machineError(
        `the emulated machine has not gone on from its saved state in ${CONTINUE_MS / 1000} seconds.`,
      );
    }
    this.#closeMonitor();
  }

  /**
   * Saves the state to a file; the machine has to have a monitor. It goes on.
   *
   * @throws KvmtraceError (3), or what the file system throws
   */
  *save(path: string): Waiting<void> {
    const monitor = this.#monitor!;
    this.#clearFreeMemory();
    yield* monitor.ask('qmp_capabilities');
    yield* monitor.ask(...IGNORE_SHARED);
    yield* monitor.ask('migrate', { uri: this.#qemu.savingCommand });
    // The machine stands still when QEMU calls it completed, maybe before the last byte is written.
    let status: string | undefined;
    const start = performance.now();
    while (status !== 'completed' || this.#qemu.savedDevices === undefined) {
      if (status === 'failed' || performance.now() - start > CONTINUE_MS) {
        throw machineError('QEMU does not save the state of the emulated machine.');
      }
      yield;
      ({ status } = (yield* monitor.ask('query-migrate')) as { status?: string });
    }
    try {
      this.#qemu.save(path, PAGE_BYTES);
    } finally {
      yield* monitor.ask('cont');
      this.#closeMonitor();
    }
  }

  /** What the kernel inside has used and given back holds what was there: zeroed, it need not be saved. */
  #clearFreeMemory(): void {
    this.checked('sysinfo', SYS.sysinfo, this.arenaAgentAddress);
    const words = new DataView(this.arena.buffer);
    const free = Number(words.getBigUint64(SYSINFO_FREERAM, true));
    const length = Math.floor((free - SPARED_BYTES) / PAGE_BYTES) * PAGE_BYTES;
    if (length <= 0) return;
    const protection = PROT_READ | PROT_WRITE;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    const address = this.call(SYS.mmap, 0, length, protection, flags, -1, 0);
    if (address > 0) this.call(SYS.munmap, address, length);
  }

  #closeMonitor(): void {
    this.#monitor?.[Symbol.dispose]();
    this.#monitor = undefined;
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
    this.#closeMonitor();
    this.#qemu[Symbol.dispose]();
  }
}

function moduleFile(index: number): string {
  return `module${index}`;
}
