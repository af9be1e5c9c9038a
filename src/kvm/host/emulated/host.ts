import { PAGE_BYTES } from '../../../base/page.js';
import { KVM_RUN, KVM_SET_SIGNAL_MASK, type Request } from '../../abi/ioctl.js';
import { RUN_OFFSET } from '../../abi/run.js';
import { assert } from '../../../base/errors.js';
import { mmap, mmapInto, munmap, SyscallError, type Mapping } from '../../libc.js';
import { MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED, PROT_READ, PROT_WRITE } from '../../mmap-flags.js';
import type { BurstLoop } from '../burst-loop.js';
import type { HostDescription, KvmHost } from '../host.js';
import { startedMachine } from './boot.js';
import { withFreeTss } from './free-tss.js';
import type { EmulatedMachine, MachineSettings } from './machine.js';
import { EmulatedMemory } from './memory.js';
import { Marshaller, receivePointees, sendPointees, type Arena } from './marshal.js';
import { findParts } from './parts.js';
import { hasPendingSignal } from './pending-signal.js';
import { OP, SYS } from './protocol.js';
import { blocking, whileOthersRun } from './waiting.js';

const DEVICE = '/dev/kvm';
const O_RDWR_CLOEXEC = 0o2000002;
const EINTR = -4;
const READ_WRITE = PROT_READ | PROT_WRITE;
const EFD_NONBLOCK = 0o4000;
/** <asm-generic/ioctl.h>: the kernel only reads the argument of a request without this bit. */
const IOC_READ = 0x8000_0000;

/** The signal that interrupts KVM_RUN, and where in its argument the mask of signals lies. */
const Signal = { alarm: 14, maskOffset: 4 } as const;

/** What KVM shares for a vCPU. */
interface VcpuPages {
  readonly fd: number;
  readonly agentAddress: number;
}

/**
 * KVM for AMD processors in a machine that QEMU emulates, for where there is no other. Its calls are
 * made by the agent there; the memory of guests and the pages of vCPUs are the machine's RAM, mapped.
 */
export class EmulatedHost implements KvmHost {
  readonly kind = 'emulated';
  readonly device = `${DEVICE} of the emulated host`;
  readonly #machine: EmulatedMachine;
  readonly #arena: Arena;
  readonly #arenaBytes: Uint8Array;
  readonly #marshaller: Marshaller;
  readonly #vcpuPages = new Map<Mapping, VcpuPages>();
  readonly #memory: EmulatedMemory;
  /** immediate_exit of each vCPU's kvm_run. */
  readonly #runPages = new Map<number, Uint8Array>();
  #ticking = 0;

  private constructor(machine: EmulatedMachine) {
    this.#machine = machine;
    this.#arenaBytes = new Uint8Array(machine.arena.buffer);
    this.#arena = {
      address: machine.arena.address,
      agentAddress: machine.arenaAgentAddress,
      sizeBytes: this.#arenaBytes.length,
    };
    this.#memory = new EmulatedMemory(machine);
    this.#marshaller = new Marshaller((address) => this.#memory.agentAddress(address));
  }

  /**
   * Starts a machine and waits until it serves. Blocks this thread, for seconds where it has to boot.
   *
   * @throws KvmtraceError (3) naming what is missing, or what failed
   */
  static start(settings: MachineSettings, parts = findParts()): EmulatedHost {
    return new EmulatedHost(blocking(startedMachine(settings, parts)));
  }

  /** The same, while others run. */
  static async begin(settings: MachineSettings, signal?: AbortSignal): Promise<EmulatedHost> {
    return new EmulatedHost(await whileOthersRun(startedMachine(settings, findParts()), signal));
  }

  /** QEMU has ended, by itself or because of `[Symbol.dispose]`. */
  get isGone(): boolean {
    return this.#machine.isGone;
  }

  open(): number {
    const machine = this.#machine;
    return machine.checked(`open ${this.device}`, SYS.open, machine.text(DEVICE), O_RDWR_CLOEXEC);
  }

  close(fd: number): void {
    this.#runPages.delete(fd);
    this.#machine.release(SYS.close, fd);
  }

  ioctl(fd: number, request: Request, argument: number | Uint8Array = 0): number {
    const call = (): number =>
      typeof argument === 'number'
        ? this.#machine.checked(request.name, SYS.ioctl, fd, request.number, argument)
        : this.#ioctlStruct(fd, request, argument);
    // Those of a vCPU may read and write the guest's memory, as KVM_TRANSLATE does.
    return this.#runPages.has(fd) ? this.#memory.sharing(call) : call();
  }

  #ioctlStruct(fd: number, request: Request, argument: Uint8Array): number {
    const arena = this.#arena;
    // What the struct points to goes behind it.
    const behind = Math.ceil(argument.length / PAGE_BYTES) * PAGE_BYTES;
    const marshalled = this.#marshaller.marshal(fd, request, argument, arena, behind);
    this.#arenaBytes.set(marshalled?.bytes ?? withFreeTss(request, argument));
    if (request.number === KVM_SET_SIGNAL_MASK.number) keepTimer(this.#arenaBytes);
    if (marshalled !== undefined && sendPointees(marshalled, arena) < 0) {
      throw new SyscallError(request.name, 14);
    }
    const call = [SYS.ioctl, fd, request.number, arena.agentAddress] as const;
    const result = this.#machine.call(...call);
    if (marshalled !== undefined) {
      if (result >= 0) receivePointees(marshalled, arena);
    } else if (request.number >= IOC_READ) {
      // Also where it failed: E2BIG comes with the number of entries that there are.
      argument.set(this.#arenaBytes.subarray(0, argument.length));
    }
    if (result < 0) throw new SyscallError(request.name, -result);
    return result;
  }

  enterer(fd: number): () => number {
    const { mailbox } = this.#machine;
    const run = this.#runPages.get(fd);
    assert(run !== undefined, `KVM_RUN of ${fd}, whose kvm_run is not mapped`);
    const memory = this.#memory;
    const enter = (): number => {
      memory.noteRun();
      for (;;) {
        const result = mailbox.ioctl(fd, KVM_RUN.number);
        // The agent's timer is for the call that asked for it, and for the signals of this process.
        const isTick = result === EINTR && run[RUN_OFFSET.immediateExit] === 0;
        if (!isTick || this.#ticking > 0 || hasPendingSignal()) return result;
      }
    };
    return () => (memory.isCopied ? memory.sharing(enter) : enter());
  }

  startTicks(): Disposable {
    this.#ticking++;
    let on = true;
    return {
      [Symbol.dispose]: () => {
        if (on) this.#ticking--;
        on = false;
      },
    };
  }

  mapVcpu(fd: number, offsetBytes: number, sizeBytes: number): Mapping {
    const machine = this.#machine;
    const agentAddress = machine.checked(
      ...(['mmap', SYS.mmap, 0, sizeBytes, READ_WRITE, MAP_SHARED, fd, offsetBytes] as const),
    );
    const mapping = mmap({
      ...{ length: sizeBytes, protection: PROT_READ, flags: MAP_PRIVATE | MAP_ANONYMOUS },
    });
    const pages = machine.pageNumbers(agentAddress, sizeBytes / PAGE_BYTES);
    pages.forEach((page, i) => {
      assert(page !== 0, `page ${i} of a vCPU's shared memory is not there`);
      mmapInto(mapping, i * PAGE_BYTES, {
        ...{ length: PAGE_BYTES, protection: READ_WRITE, flags: MAP_SHARED },
        ...{ fd: machine.ramFd, offset: page * PAGE_BYTES },
      });
    });
    this.#vcpuPages.set(mapping, { fd, agentAddress });
    if (offsetBytes === 0) this.#runPages.set(fd, new Uint8Array(mapping.buffer));
    return mapping;
  }

  mapMemory(sizeBytes: number, fill?: Uint8Array): Mapping {
    return this.#memory.map(sizeBytes, fill);
  }

  wrote(address: bigint, sizeBytes: number): void {
    this.#memory.wrote(address, sizeBytes);
  }

  unmap(mapping: Mapping): void {
    const pages = this.#vcpuPages.get(mapping);
    if (pages === undefined) {
      this.#memory.unmap(mapping);
      return;
    }
    this.#vcpuPages.delete(mapping);
    const { byteLength } = mapping.buffer;
    munmap(mapping);
    this.#machine.release(SYS.munmap, pages.agentAddress, byteLength);
  }

  eventfd(): number {
    return this.#machine.checked('eventfd', SYS.eventfd2, 0, EFD_NONBLOCK);
  }

  readEventfd(fd: number): bigint {
    const result = this.#machine.call(SYS.read, fd, this.#arena.agentAddress, 8);
    // EAGAIN: nothing was counted.
    if (result < 0) return 0n;
    return new DataView(this.#arenaBytes.buffer).getBigUint64(0, true);
  }

  burstLoop(): BurstLoop | undefined {
    if (process.env['KVMTRACE_LOOP'] !== 'native') return undefined;
    const memory = this.#memory;
    return {
      addressOf: (address) => BigInt(this.#agentAddress(address)),
      run: (request) => {
        const burst = (): number => this.#machine.call(OP.burst, Number(request));
        memory.noteRun();
        if (memory.isCopied) memory.sharing(burst);
        else burst();
      },
    };
  }

  /** What the agent calls an address of guest memory, or of the pages of a vCPU. */
  #agentAddress(address: bigint): number {
    for (const [{ address: start, buffer }, { agentAddress }] of this.#vcpuPages) {
      const offset = address - start;
      if (offset >= 0n && offset < BigInt(buffer.byteLength)) return agentAddress + Number(offset);
    }
    const there = this.#memory.agentAddress(address);
    assert(there !== undefined, 'an address that is not of the emulated machine');
    return there;
  }

  describe(): HostDescription {
    const { qemuVersion, kernel, settings } = this.#machine;
    return {
      kind: this.kind,
      kernel: kernel.release,
      modules: ['kvm_amd'],
      detail: `QEMU ${qemuVersion}, npt=${settings.npt ? 1 : 0}`,
    };
  }

  /** Ends the machine. */
  [Symbol.dispose](): void {
    this.#machine[Symbol.dispose]();
  }
}

/** In a struct kvm_signal_mask: the agent's timer, which is SIGALRM, has to come through. */
function keepTimer(mask: Uint8Array): void {
  mask[Signal.maskOffset + ((Signal.alarm - 1) >> 3)]! &= ~(1 << ((Signal.alarm - 1) & 7));
}
