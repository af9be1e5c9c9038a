import { hex } from '../base/number-text.js';
import { constants } from 'node:os';
import { inputError, machineError } from '../base/errors.js';
import type { VcpuExit } from '../kvm/exit.js';
import type { Kvm } from '../kvm/kvm.js';
import type { HostOptions } from '../kvm/host/choose.js';
import { SyscallError } from '../kvm/libc.js';
import type { Vcpu } from '../kvm/vcpu.js';
import type { Vm } from '../kvm/vm.js';
import { exitName } from './exit.js';
import { addVcpu, openMachine, type TraceeMachine } from './machine.js';
import { applyBases, applyGeneralRegs, toPtraceRegs, type PtraceRegs } from './ptrace-regs.js';
import { Region } from './regions.js';
import { INTERRUPTED, INTERRUPTED_REASON, noSigInfo, sigInfo, type SigInfo } from './sig-info.js';
import { TraceeExitedError } from './tracee-exited-error.js';
import { TraceeIoctls } from './tracee-ioctls.js';
import { checkWritable, toGpa, toLength, type Address } from './tracee-memory.js';

/** Where a tracee tells what it does: a format with %s in it, and the arguments. */
export type Debug = (format: string, ...args: readonly unknown[]) => void;

/** How to open a tracee. */
export interface TraceeOptions extends HostOptions {
  /** Default: nowhere. */
  readonly debug?: Debug;
}

const silent: Debug = () => undefined;
/**
 * A guest in 64-bit mode, ready to run: 2 GiB of RAM at 0 full of hlt, page tables at
 * PageTableBase that map the first 4 GiB onto themselves, a table of 8 MiB at 0xff000000 whose
 * entries all lead to `hlt; ret`; rip 0x100000, rsp 0x200000, rflags 2, interrupts off.
 *
 * Every use after `close()` throws a TraceeExitedError, but for closing again and `toString()`.
 */
export class Tracee extends TraceeIoctls implements Disposable {
  readonly #machine: TraceeMachine;
  readonly #vcpus = new Map<number, Vcpu>();
  readonly #regions: Region[];
  #current: Vcpu;
  #info = noSigInfo();
  #exit: VcpuExit | undefined;
  #exited = false;
  /** May be replaced at any time. */
  debug: Debug;

  private constructor(machine: TraceeMachine, debug: Debug) {
    super();
    this.#machine = machine;
    this.debug = debug;
    this.#regions = machine.memory.slots.map(
      ({ slot, flags, gpa, bytes }) => new Region({ slot, flags, gpa, data: bytes }),
    );
    this.#current = this.#addVcpu(0);
  }

  /**
   * Makes a guest with vCPU 0. Throws a KvmtraceError (exit code 3) that says what to do where
   * the device is missing, not permitted, busy, or of another API version than 12.
   */
  static open(options: TraceeOptions = {}): Tracee {
    const machine = openMachine(options);
    try {
      return new Tracee(machine, options.debug ?? silent);
    } catch (error) {
      machine.kvm.close();
      throw error;
    }
  }

  /** There is no process behind a guest: always throws. */
  static attach(pid: number): never {
    throw inputError(`KVM cannot attach to process ${pid}: open a guest with Tracee.open().`);
  }

  #use(): TraceeMachine {
    if (this.#exited) throw new TraceeExitedError(this.#machine.kvm.device);
    return this.#machine;
  }

  /** The device. */
  get kvm(): Kvm {
    return this.#use().kvm;
  }

  get vm(): Vm {
    return this.#use().vm;
  }

  /** The current vCPU, for what this class has no method for. */
  get vcpu(): Vcpu {
    this.#use();
    return this.#current;
  }

  /** The current vCPU's id. */
  get pid(): number {
    return this.vcpu.id;
  }

  /**
   * The 8 MiB at 0xff000000, live. The guest can write only the lower half; keep to that too, as
   * JavaScript has no read-only memory (`write` does refuse the upper half).
   */
  get tab(): Uint8Array {
    return this.#use().tab;
  }

  /** The memory slots: 0 RAM, 1 page tables, 2 and 3 the halves of `tab`, then those of `mem`. */
  get regions(): readonly Region[] {
    this.#use();
    return this.#regions;
  }

  /**
   * Makes a vCPU the current one, which `run` and all register calls are for. Vcpu 0 is there
   * from the start; others are created when first named, in the same state as vCPU 0 was.
   */
  newProc(id: number): void {
    this.#use();
    this.#current = this.#vcpus.get(id) ?? this.#addVcpu(id);
  }

  #addVcpu(id: number): Vcpu {
    try {
      const vcpu = addVcpu(this.#machine, id);
      this.#vcpus.set(id, vcpu);
      return vcpu;
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      throw machineError(
        `vCPU ${id} cannot be made (${error.message}): use ids from 0 up, at most as many as KVM_CAP_MAX_VCPU_ID says.`,
        error,
      );
    }
  }

  /**
   * Runs the current vCPU until it exits; what it was is in `event()` and `exit()`. Throws a
   * SyscallError when KVM_RUN fails. A signal is no failure: the event then is ExitIntr.
   */
  run(): void {
    const { vcpu } = this;
    // Users write through `regions` and `tab`, too.
    this.#machine.memory.wroteAnywhere();
    const result = vcpu.enter();
    const interrupted = result === -constants.errno.EINTR;
    if (result < 0 && !interrupted) throw new SyscallError('KVM_RUN', -result);
    const reason = interrupted ? INTERRUPTED_REASON : vcpu.run.exitReason;
    const exit = interrupted ? INTERRUPTED : vcpu.run.exit();
    const { rip } = vcpu.getRegs();
    this.#exit = exit;
    this.#info = sigInfo(reason, exit, rip);
    this.debug('%s at %s: %s', exitName(reason), hex(rip), exit);
  }

  /** What the last `run` stopped with; all zero before the first. */
  event(): SigInfo {
    this.#use();
    return { ...this.#info };
  }

  /** The same as `event()`. */
  getSigInfo(): SigInfo {
    return this.event();
  }

  /** All that KVM said about the last exit; exits without a name keep their bytes. */
  exit(): VcpuExit | undefined {
    this.#use();
    return this.#exit;
  }

  /** rip. */
  getIPtr(): bigint {
    return this.vcpu.getRegs().rip;
  }

  getRegs(): PtraceRegs {
    const { vcpu } = this;
    return toPtraceRegs(vcpu.getRegs(), vcpu.getSregs());
  }

  /**
   * Sets the given registers and leaves the others. Selectors and origRax are not set: a selector
   * without the rest of its segment would break the guest. Bases must be canonical.
   */
  setRegs(given: Partial<PtraceRegs>): void {
    const { vcpu } = this;
    const sregs = vcpu.getSregs();
    if (applyBases(sregs, given)) vcpu.setSregs(sregs);
    const regs = vcpu.getRegs();
    applyGeneralRegs(regs, given);
    vcpu.setRegs(regs);
  }

  /** A copy of guest-physical memory. Throws a KvmtraceError with the address that is outside. */
  read(address: Address, length: number): Uint8Array {
    return this.#use().memory.read(toGpa(address), toLength(length));
  }

  /** All or nothing. Throws a KvmtraceError with the address that is outside or read-only. */
  write(address: Address, bytes: Uint8Array): void {
    const { memory } = this.#use();
    const gpa = toGpa(address);
    checkWritable(memory, gpa, bytes.length);
    memory.write(gpa, bytes);
  }

  /** 64 bits, little-endian, at any address. */
  readWord(address: Address): bigint {
    return new DataView(this.read(address, 8).buffer).getBigUint64(0, true);
  }

  writeWord(address: Address, word: bigint): void {
    this.write(address, new Uint8Array(BigUint64Array.of(word).buffer));
  }

  /**
   * Adds memory with these contents, whole pages, in a slot of its own. Throws a SyscallError
   * (EEXIST) where there is memory already.
   */
  mem(contents: Uint8Array, gpa: Address): Region {
    const slot = this.#use().memory.add({ gpa: toGpa(gpa), size: contents.length });
    slot.bytes.set(contents);
    const region = new Region({ ...slot, data: slot.bytes });
    this.#regions.push(region);
    return region;
  }

  /** Ends the guest and gives everything back. Again is harmless. */
  close(): void {
    this.#exited = true;
    this.#machine.kvm.close();
  }

  /** The same as `close()`: a guest does not live on without its tracer. */
  detach(): void {
    this.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** "/dev/kvm(kvmfd 3, vmfd 4, vcpufd 5)". */
  override toString(): string {
    const { kvm, vm } = this.#machine;
    if (this.#exited) return `${kvm.device}(exited)`;
    return `${kvm.device}(kvmfd ${kvm.fd}, vmfd ${vm.fd}, vcpufd ${this.#current.fd})`;
  }
}
