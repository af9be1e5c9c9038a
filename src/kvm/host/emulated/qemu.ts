/** The process that is the emulated machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, readSync, writeSync } from 'node:fs';
import { assert, machineError } from '../../../base/errors.js';
import { option } from '../../../base/option-names.js';
import { memfdCreate, SyscallError } from '../../libc.js';
import { QEMU_PROGRAM } from './qemu-version.js';
import { SavedState } from './saved-state.js';

/** RAM of the machine that is below 4 GiB; what is beyond begins there (hw/i386/microvm.c). */
const LOW_BYTES = 3 * 2 ** 30;
/** What the kernel inside may use. */
const KERNEL_BYTES = 512 * 2 ** 20;
/**
 * What the kernel inside takes for the frequency of its TSC, which is this machine's. Left alone it
 * measures it, and beside much other work fails to: with a frequency of 0 KVM never enters a guest
 * (kvm_guest_time_update asks for itself again; seen with Linux 6.1 and six busy processes). Roughly
 * right is enough, and the same everywhere is better, as guests see it.
 */
const TSC_KHZ = 2_500_000;
const GIB_4 = 2 ** 32;
/** Behind the state of the devices, in the file that QEMU writes. */
const END_OF_DEVICES = 'kvmtrace-end';

/**
 * Starts QEMU (after the shell's own arguments) and ends it when the pipe at standard input closes: so
 * that it ends with us, however we end. Its exit status goes to file descriptor 4.
 */
const KEEPER = `
exec 5<&0 9>&2 2>/dev/null
"$@" </dev/null 2>&9 5<&- 9>&- & qemu=$!
(read -r nothing <&5; kill -9 $qemu) & keeper=$!
trap 'kill -9 $qemu; kill $keeper' TERM INT HUP
wait $qemu
echo "$?" >&4
kill $keeper
`;

/** What a machine starts with: a kernel that boots, or a state that was saved when one had. */
export type QemuStart =
  | { readonly kind: 'boot'; readonly kernel: string; readonly initramfs: Uint8Array }
  | { readonly kind: 'state'; readonly state: SavedState };

/** How to start QEMU. */
export interface QemuOptions {
  readonly start: QemuStart;
  /** Bytes of RAM that the kernel inside leaves alone: the window. */
  readonly windowBytes: number;
  /** The end of a monitor's connection that is QEMU's. */
  readonly monitorFd?: number | undefined;
}

/** All that makes a state fit a machine, beside QEMU itself and the files that it boots. */
export function machineArguments(windowBytes: number): {
  readonly qemu: readonly string[];
  readonly kernel: readonly string[];
} {
  const mib = (LOW_BYTES + windowBytes) / 2 ** 20;
  const qemu = [
    ...['-accel', 'tcg', '-cpu', 'max', '-smp', '1', '-m', `${mib}M`],
    '-object',
    `memory-backend-file,id=ram,size=${mib}M,mem-path=/proc/self/fd/3,share=on`,
    ...['-M', 'microvm,acpi=off,memory-backend=ram'],
    ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-monitor', 'none'],
    ...['-serial', 'file:/proc/self/fd/6'],
  ];
  const kernel = [
    // Nothing is to be calibrated against anything.
    ...['console=ttyS0', 'quiet', 'mitigations=off', 'tsc=reliable'],
    // A panic ends QEMU at once: a triple fault is the one way to restart that microvm has.
    ...['panic=-1', 'reboot=t'],
    ...['no_timer_check', 'cryptomgr.notests', `mem=${KERNEL_BYTES / 2 ** 20}M`],
    `tsc_early_khz=${TSC_KHZ}`,
    `KVMTRACE=${GIB_4.toString(16)}_${windowBytes.toString(16)}`,
  ];
  return { qemu, kernel };
}

/** A running QEMU whose RAM is a file that this process maps too. */
export class Qemu implements Disposable {
  /** The RAM. */
  readonly ramFd: number;
  /** Where the window begins in the file. */
  readonly windowFileOffset = LOW_BYTES;
  readonly #console: number;
  readonly #errors: number;
  readonly #status: number;
  /** The initramfs, or the state of the devices. */
  readonly #input: number;
  readonly #process: ChildProcess;
  #ended = false;

  constructor({ start, windowBytes, monitorFd }: QemuOptions) {
    this.ramFd = sharedMemory(LOW_BYTES + windowBytes);
    this.#console = memfdCreate('kvmtrace-console', 0);
    this.#errors = memfdCreate('kvmtrace-errors', 0);
    this.#status = memfdCreate('kvmtrace-status', 0);
    this.#input = memfdCreate('kvmtrace-input', 0);
    const { qemu: machine, kernel } = machineArguments(windowBytes);
    const qemu = [QEMU_PROGRAM, ...machine];
    if (start.kind === 'boot') {
      writeSync(this.#input, start.initramfs);
      qemu.push('-kernel', start.kernel, '-initrd', '/proc/self/fd/7', '-append', kernel.join(' '));
    } else {
      start.state.loadRam(this.ramFd);
      writeSync(this.#input, start.state.devices);
      qemu.push('-incoming', 'defer');
    }
    if (monitorFd !== undefined) {
      qemu.push('-chardev', 'socket,id=monitor,fd=8', '-mon', 'chardev=monitor,mode=control');
    }
    this.#process = spawn('/bin/sh', ['-c', KEEPER, 'kvmtrace-host', ...qemu], {
      stdio: [
        ...(['pipe', this.#errors, this.#errors, this.ramFd, this.#status] as const),
        ...(['ignore', this.#console, this.#input, monitorFd ?? 'ignore'] as const),
      ],
      // A Ctrl-C on the terminal is for the recorder, which has to close its trace first.
      detached: true,
    });
    // Neither keeps this process from ending.
    this.#process.unref();
    (this.#process.stdin as unknown as { unref(): void }).unref();
    this.#process.on('error', () => undefined);
    this.#process.stdin!.on('error', () => undefined);
  }

  /** Throws a KvmtraceError (3) where it has ended by itself. */
  checkAlive(): void {
    if (!this.hasEnded) return;
    if (this.#ended) throw machineError('the emulated machine has been ended: start another one.');
    // What it died of comes first; a dump of its registers may follow.
    const said = lines(textOf(this.#errors))[0] ?? this.lastConsoleLine;
    throw machineError(
      `QEMU, which is the emulated machine, has ended${said === undefined ? '' : ` (${said})`}: try again, with ${option('host', 'kvm')} where there is a /dev/kvm, or with another version of QEMU.`,
    );
  }

  /** Where QEMU reads the state of the devices that it was started with. */
  get loadingCommand(): string {
    return `exec:cat ${this.#inputPath}`;
  }

  /** Where QEMU writes the state of the devices: into the file of the initramfs, which is no longer needed. */
  get savingCommand(): string {
    return `exec:{ cat; printf ${END_OF_DEVICES}; } >${this.#inputPath}`;
  }

  /** What QEMU has written by `savingCommand`; undefined while there is more to come. */
  get savedDevices(): Uint8Array | undefined {
    const bytes = bytesOf(this.#input);
    const end = bytes.length - END_OF_DEVICES.length;
    return bytes.toString('latin1', Math.max(0, end)) === END_OF_DEVICES
      ? bytes.subarray(0, end)
      : undefined;
  }

  get #inputPath(): string {
    return `/proc/${process.pid}/fd/${this.#input}`;
  }

  /**
   * Saves the RAM of the machine, which stands still, and the state of its devices, which it has written.
   *
   * @param controlBytes of the window that belong to it
   * @throws what the file system throws
   */
  save(path: string, controlBytes: number): void {
    const { ramFd } = this;
    const devices = this.savedDevices;
    assert(devices !== undefined, 'the state of the devices has not been saved');
    SavedState.write(path, { ramFd, ramBytes: LOW_BYTES + controlBytes, devices });
  }

  get hasEnded(): boolean {
    return this.#ended || this.#process.pid === undefined || fstatSync(this.#status).size > 0;
  }

  /** The last line that the kernel inside printed, or why it panicked: for messages. */
  get lastConsoleLine(): string | undefined {
    const text = textOf(this.#console);
    const [, panic] = /(Kernel panic.*)/.exec(text) ?? [];
    return panic?.trim() ?? lastLine(text)?.replace(/^\[ *[\d.]+\] /, '');
  }

  /** Ends it at once; its memory is gone with the last mapping. Again is harmless. */
  [Symbol.dispose](): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#process.stdin?.destroy();
    const { pid } = this.#process;
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // It was gone already.
    }
    const files = [this.ramFd, this.#console, this.#errors, this.#status, this.#input];
    for (const fd of files) closeSync(fd);
  }
}

/** The file that is the machine's RAM: sparse, and gone with the last process that has it. */
function sharedMemory(sizeBytes: number): number {
  try {
    return memfdCreate('kvmtrace-ram', sizeBytes);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw machineError(
      `the emulated host needs ${sizeBytes / 2 ** 30} GiB of address space in shared memory and cannot have them (${error.code}): raise this process's limits (ulimit -f, ulimit -v).`,
      error,
    );
  }
}

function bytesOf(fd: number): Buffer {
  const bytes = Buffer.alloc(fstatSync(fd).size);
  readSync(fd, bytes, 0, bytes.length, 0);
  return bytes;
}

function textOf(fd: number): string {
  return bytesOf(fd).toString('latin1');
}

function lastLine(text: string): string | undefined {
  return lines(text).at(-1);
}

function lines(text: string): string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
