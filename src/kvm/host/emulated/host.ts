import { KVM_RUN, KVM_SET_SIGNAL_MASK, type Request } from '../../abi/ioctl.js';
import { RUN_OFFSET } from '../../abi/run.js';
import { assert } from '../../../errors.js';
import {
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  MAP_SHARED,
  mmap,
  mmapInto,
  munmap,
  PROT_READ,
  PROT_WRITE,
  SyscallError,
  type Mapping,
} from '../../libc.js';
import type { HostDescription, KvmHost } from '../host.js';
import { repeat } from '../../fill.js';
import { CopiedMemory, FILE_BYTES } from './copied-memory.js';
import { EmulatedMachine, type MachineSettings } from './machine.js';
import { Marshaller, receivePointees, sendPointees, type Arena } from './marshal.js';
import { OP, SYS } from './protocol.js';

const DEVICE = '/dev/kvm';
const PAGE_BYTES = 4096;
const O_RDWR_CLOEXEC = 0o2000002;
const EINTR = -4;
const READ_WRITE = PROT_READ | PROT_WRITE;
const EFD_NONBLOCK = 0o4000;
/** <asm-generic/ioctl.h>: the kernel only reads the argument of a request without this bit. */
const IOC_READ = 0x8000_0000;

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
  readonly #copied = new Map<Mapping, CopiedMemory>();
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
    this.#marshaller = new Marshaller((address) => this.#agentAddress(address));
  }

  /** Starts a machine and waits for it. Blocks this thread for some seconds. */
  static start(settings: MachineSettings): EmulatedHost {
    const machine = EmulatedMachine.launch(settings);
    try {
      machine.waitUntilReady();
    } catch (error) {
      machine[Symbol.dispose]();
      throw error;
    }
    return new EmulatedHost(machine);
  }

  /** The same, while others run. */
  static async begin(settings: MachineSettings, signal?: AbortSignal): Promise<EmulatedHost> {
    const machine = EmulatedMachine.launch(settings);
    try {
      await machine.untilReady(signal);
    } catch (error) {
      machine[Symbol.dispose]();
      throw error;
    }
    return new EmulatedHost(machine);
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
    if (!this.isGone) this.#machine.call(SYS.close, fd);
  }

  ioctl(fd: number, request: Request, argument: number | Uint8Array = 0): number {
    if (typeof argument === 'number') {
      return this.#sharing(() =>
        this.#machine.checked(request.name, SYS.ioctl, fd, request.number, argument),
      );
    }
    // The signals of this process do not reach that one; a mask would keep the agent's timer out.
    if (request.number === KVM_SET_SIGNAL_MASK.number) return 0;
    return this.#sharing(() => this.#ioctlStruct(fd, request, argument));
  }

  #ioctlStruct(fd: number, request: Request, argument: Uint8Array): number {
    const arena = this.#arena;
    // What the struct points to goes behind it.
    const behind = Math.ceil(argument.length / PAGE_BYTES) * PAGE_BYTES;
    const marshalled = this.#marshaller.marshal(fd, request, argument, arena, behind);
    this.#arenaBytes.set(marshalled?.bytes ?? argument);
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
    const enter = (): number => {
      for (;;) {
        const result = mailbox.ioctl(fd, KVM_RUN.number);
        // The agent's timer is for who asked for it.
        const isTick = result === EINTR && run[RUN_OFFSET.immediateExit] === 0;
        if (!isTick || this.#ticking > 0) return result;
      }
    };
    return () => (this.#copied.size === 0 ? enter() : this.#sharing(enter));
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
    if (fill !== undefined && sizeBytes > FILE_BYTES) {
      const memory = new CopiedMemory(this.#machine, sizeBytes, fill);
      this.#copied.set(memory.mapping, memory);
      return memory.mapping;
    }
    const mapping = this.#machine.window.map(sizeBytes);
    if (fill !== undefined) repeat(new Uint8Array(mapping.buffer), fill);
    return mapping;
  }

  unmap(mapping: Mapping): void {
    const pages = this.#vcpuPages.get(mapping);
    const copied = this.#copied.get(mapping);
    if (pages !== undefined) {
      this.#vcpuPages.delete(mapping);
      const { byteLength } = mapping.buffer;
      munmap(mapping);
      if (!this.isGone) this.#machine.call(SYS.munmap, pages.agentAddress, byteLength);
    } else if (copied !== undefined) {
      this.#copied.delete(mapping);
      copied[Symbol.dispose]();
    } else if (this.isGone) {
      munmap(mapping);
    } else {
      this.#machine.window.unmap(mapping);
    }
  }

  /** What the agent writes, the machine sees: also where that changes nothing. */
  wrote(address: number, sizeBytes: number): void {
    const there = this.#agentAddress(BigInt(address));
    if (there !== undefined) this.#machine.checked('copy', OP.copy, there, there, sizeBytes);
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

  describe(): HostDescription {
    const { qemuVersion, kernel, settings } = this.#machine;
    return {
      kind: this.kind,
      kernel: kernel.release,
      modules: ['kvm_amd'],
      detail: `QEMU ${qemuVersion}, npt=${settings.npt ? 1 : 0}`,
    };
  }

  /** Calls what may read or write the memory of guests. */
  #sharing<T>(call: () => T): T {
    for (const memory of this.#copied.values()) memory.send();
    const result = call();
    for (const memory of this.#copied.values()) memory.receive();
    return result;
  }

  #agentAddress(address: bigint): number | undefined {
    for (const memory of this.#copied.values()) {
      const there = memory.agentAddress(address);
      if (there !== undefined) return there;
    }
    return this.#machine.window.agentAddress(address);
  }

  /** Ends the machine. */
  [Symbol.dispose](): void {
    this.#machine[Symbol.dispose]();
  }
}
