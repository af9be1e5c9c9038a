import { inputError } from '../base/errors.js';
import { Firmware, type FirmwareSetup } from '../guest/uefi/firmware.js';
import { Bios, type BiosSetup } from '../guest/bios/bios.js';
import type { RealModeView } from '../guest/bios/call.js';
import { DEFAULT_STEPS_PER_TICK, TICKS_PER_SECOND } from '../devices/pit/pit8254.js';
import { e820File } from '../devices/fw-cfg/items.js';
import type { GuestMemory } from '../devices/guest-memory.js';
import { Platform, type MachineEnd, type MachineName } from '../devices/boards/pc.js';
import { RFLAGS, RFLAGS_IF } from '../machine/register-words.js';
import type { Stepper } from '../stepper/stepper.js';
import type { Stop } from '../machine/stop.js';
import type { GuestDevices } from './guest-devices.js';

/** Timer events that may pass in one HLT without an interrupt: a masked timer never wakes a guest. */
const MAX_IDLE_EVENTS = 1000;
/** Guest output is handed on at line ends, or when this many bytes have come together. */
const OUTPUT_BYTES = 4096;
const NEWLINE = 10;
/**
 * Device time that passes with an exit where exits are the clock, in steps: about what a guest runs between
 * two accesses, so that its timers come at much the same pace.
 */
export const STEPS_PER_EXIT = 1024;
/** Where exits are the clock, a guest that makes none for so many steps waits for a timer. */
const IDLE_STEPS = 1_000_000;

/** What device time counts: steps that have retired, or accesses to ports and MMIO. */
export type DeviceClock = 'steps' | 'exits';

const MACHINE_ENDS: Readonly<Record<MachineEnd, string>> = {
  reset: 'the guest reset its machine',
  'power-off': 'the guest switched its machine off',
  panic: 'the guest said that it has panicked (pvpanic)',
};

/** What the recorder's PC is made with. */
export interface PlatformDevicesOptions {
  /** Default `pc`. */
  readonly machine?: MachineName | undefined;
  readonly portInput: Uint8Array;
  readonly memorySize: number;
  /** Of a UEFI program: the firmware that it runs on; `saved` for one whose state `restore` brings. */
  readonly firmware?: FirmwareSetup | 'saved' | undefined;
  /** Of a boot sector: the BIOS under it. */
  readonly bios?: BiosSetup | undefined;
  /** Default `steps`. */
  readonly clock?: DeviceClock | undefined;
  /** Where the RAM is, for firmware that asks fw_cfg. */
  readonly ram?: readonly { readonly gpa: number; readonly size: number }[];
  readonly onOutput: (bytes: Uint8Array) => void;
}

/**
 * The platform's devices, driven by steps: device time is the number of steps retired plus what HLT
 * skipped, and never the host's clock. Where steps are not counted it is that of accesses to ports and MMIO,
 * element by element, so that it does not matter in how many exits KVM tells them.
 */
export class PlatformDevices implements GuestDevices {
  stop: Stop | undefined;
  exitCode: number | undefined;
  readonly #platform: Platform;
  readonly #firmware: Firmware | undefined;
  readonly #bios: Bios | undefined;
  readonly #onOutput: (bytes: Uint8Array) => void;
  #output: number[] = [];
  #now = 0;
  /** Device time that passed in HLT, in steps. */
  #skipped = 0;
  #clock: DeviceClock;
  /** Accesses so far, element by element. */
  #accesses = 0;
  /** Where accesses are the clock: the time that they make, and the step of the last. */
  #accessTime = 0;
  #lastAccess = 0;
  #step = 0;
  #nextEvent: number;
  /** The interrupt controller asks for an interrupt; changes with accesses and events only. */
  #pending = false;
  #guest: GuestMemory | undefined;
  #dmaBytes = 0;
  /** The guest's memory for devices, once it is attached. */
  readonly #memory: GuestMemory = {
    read: (gpa, sizeBytes) => this.#guest?.read(gpa, sizeBytes),
    write: (gpa, bytes) => {
      const isWritten = this.#guest?.write(gpa, bytes) === true;
      if (isWritten) this.#dmaBytes += bytes.length;
      return isWritten;
    },
  };

  constructor(options: PlatformDevicesOptions) {
    this.#onOutput = options.onOutput;
    this.#clock = options.clock ?? 'steps';
    this.#firmware =
      options.firmware === undefined ? undefined : this.#createFirmware(options, options.firmware);
    this.#bios = options.bios === undefined ? undefined : this.#createBios(options, options.bios);
    this.#platform = new Platform({
      portInput: options.portInput,
      memorySize: options.memorySize,
      machine: options.machine,
      memory: this.#memory,
      files: [e820File(options.ram ?? [])],
      more: [this.#firmware, this.#bios].flatMap((device) => device ?? []),
      onOutput: (byte) => {
        this.#print(byte);
      },
      onExit: (code) => {
        this.exitCode = code;
        this.stop = { reason: 'debug-exit', detail: `the guest ended itself with code ${code}` };
      },
      onEnd: (end) => {
        this.stop = { reason: end, detail: MACHINE_ENDS[end] };
      },
    });
    this.#nextEvent = this.#platform.nextEventStep();
  }

  /** The guest whose registers and memory firmware looks at, and devices write to. */
  attach(guest: RealModeView & GuestMemory): void {
    this.#guest = guest;
    this.#firmware?.attach(guest);
    this.#bios?.attach(guest);
  }

  /** What the user should know beside how the recording ended: sentences. */
  get notes(): readonly string[] {
    const unsupported = [
      ...(this.#firmware?.unsupported ?? []),
      ...(this.#bios?.unsupported ?? []),
    ];
    if (unsupported.length === 0) return [];
    const calls = unsupported.map(([name, count]) =>
      count === 1 ? name : `${name} (${count} times)`,
    );
    return [`The guest called what its firmware does not do: ${calls.join(', ')}.`];
  }

  /** Accesses to ports and MMIO that the guest has made. */
  get accesses(): number {
    return this.#accesses;
  }

  /** A device waits for the guest to be ready for its interrupt. */
  get hasPending(): boolean {
    return this.#pending;
  }

  /** Lets events happen that are due; whether a device then waits to interrupt the guest. */
  poll(): boolean {
    if (this.#now >= this.#nextEvent) this.#advance(this.#now);
    return this.#pending;
  }

  /** From now on steps are the clock; they are counted from 0. */
  countSteps(): void {
    this.#skipped = this.#now;
    this.#accessTime = 0;
    this.#clock = 'steps';
  }

  portRead(port: number, size: number, data: Uint8Array): void {
    this.#count(data.length / size);
    this.#platform.tick(this.#now);
    this.#platform.portRead(port, size, data);
    this.#look();
  }

  portWrite(port: number, size: number, data: Uint8Array): void {
    this.#count(data.length / size);
    this.#platform.tick(this.#now);
    this.#platform.portWrite(port, size, data);
    this.#look();
  }

  mmioRead(gpa: number, data: Uint8Array): void {
    this.#count(1);
    this.#platform.tick(this.#now);
    this.#platform.mmioRead(gpa, data);
    this.#look();
  }

  mmioWrite(gpa: number, data: Uint8Array): void {
    this.#count(1);
    this.#platform.tick(this.#now);
    this.#platform.mmioWrite(gpa, data);
    this.#look();
  }

  takeDmaBytes(): number {
    const bytes = this.#dmaBytes;
    this.#dmaBytes = 0;
    return bytes;
  }

  interruptFor(
    stepper: Pick<Stepper, 'interruptible' | 'words'>,
    step: number,
  ): number | undefined {
    this.#step = step;
    this.#now = this.#timeAt(step) + this.#skipped;
    if (this.#clock === 'exits' && step - this.#lastAccess >= IDLE_STEPS) this.#idle(stepper, step);
    if (this.#now >= this.#nextEvent) this.#advance(this.#now);
    if (!this.#pending || !stepper.interruptible) return undefined;
    const vector = this.#platform.acknowledge();
    this.#look();
    return vector;
  }

  quietSteps({ words }: Pick<Stepper, 'words'>, step: number): number {
    if (this.#pending && (words[RFLAGS]! & RFLAGS_IF) !== 0) return 0;
    const left = this.#nextEvent - (this.#timeAt(step) + this.#skipped);
    if (this.#clock === 'steps' || left <= 0) return left;
    // Time stands still between accesses, but not for ever.
    return this.#lastAccess + IDLE_STEPS - step;
  }

  wake(stepper: Pick<Stepper, 'words'>, step: number): boolean {
    if ((stepper.words[RFLAGS]! & RFLAGS_IF) === 0) return false;
    const time = this.#timeAt(step);
    for (let events = 0; events < MAX_IDLE_EVENTS; events++) {
      if (this.#pending) return true;
      if (this.#nextEvent === Infinity) return false;
      this.#skipped = Math.max(this.#skipped, this.#nextEvent - time);
      this.#now = time + this.#skipped;
      this.#advance(this.#now);
    }
    return false;
  }

  #timeAt(step: number): number {
    return this.#clock === 'steps' ? step : this.#accessTime;
  }

  #count(elements: number): void {
    this.#accesses += elements;
    if (this.#clock === 'steps') return;
    this.#accessTime += elements * STEPS_PER_EXIT;
    this.#lastAccess = this.#step;
    this.#now = this.#accessTime + this.#skipped;
  }

  #idle(stepper: Pick<Stepper, 'words'>, step: number): void {
    this.#lastAccess = step;
    this.wake(stepper, step);
  }

  canInterrupt(stepper: Stepper): boolean {
    if ((stepper.words[RFLAGS]! & RFLAGS_IF) === 0) return false;
    return this.#pending || this.#nextEvent !== Infinity;
  }

  /** Hands on what the guest has printed so far. */
  flushOutput(): void {
    if (this.#output.length === 0) return;
    this.#onOutput(Uint8Array.from(this.#output));
    this.#output = [];
  }

  /** Skipped device time (64-bit float), then the platform's own state. */
  save(): Uint8Array {
    const time = this.#skipped + this.#accessTime;
    const skipped = new Uint8Array(Float64Array.of(time).buffer);
    return Buffer.concat([skipped, this.#platform.save()]);
  }

  /** Takes what `save` gave; throws a KvmtraceError for anything else. */
  restore(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const skipped = bytes.length < 8 ? NaN : view.getFloat64(0, true);
    if (!Number.isFinite(skipped)) {
      throw inputError('The snapshot has no sensible device time: it is broken; record again.');
    }
    this.#skipped = skipped;
    this.#accessTime = 0;
    if (this.#clock === 'exits') this.#now = skipped;
    this.#platform.restore(bytes.subarray(8));
    this.#look();
  }

  /** What was step `step` is step 0 from now on; device time goes on. */
  renumber(step: number): void {
    if (this.#clock === 'exits') return;
    this.#skipped += step;
  }

  #createFirmware(options: PlatformDevicesOptions, setup: FirmwareSetup | 'saved'): Firmware {
    const host = {
      ...this.#firmwareHost(options),
      onEnd: (status: bigint, detail: string) => {
        this.exitCode = Number(BigInt.asUintN(32, status));
        this.stop = { reason: 'firmware-exit', detail };
      },
    };
    return new Firmware(host, setup === 'saved' ? undefined : setup);
  }

  #createBios(options: PlatformDevicesOptions, setup: BiosSetup): Bios {
    const host = {
      ...this.#firmwareHost(options),
      onEnd: (detail: string) => {
        this.stop = { reason: 'firmware-exit', detail };
      },
    };
    return new Bios(host, setup);
  }

  /** What firmware needs of the recorder, whichever it is. */
  #firmwareHost({ portInput }: PlatformDevicesOptions) {
    const now = (): number => this.#now;
    return {
      input: portInput,
      clock: {
        get now() {
          return now();
        },
        stepsPerSecond: DEFAULT_STEPS_PER_TICK * TICKS_PER_SECOND,
        skip: (steps: number) => {
          this.#skipped += steps;
          this.#now += steps;
        },
      },
      onOutput: (bytes: Uint8Array) => {
        for (const byte of bytes) this.#print(byte);
      },
    };
  }

  #print(byte: number): void {
    this.#output.push(byte);
    if (byte === NEWLINE || this.#output.length >= OUTPUT_BYTES) this.flushOutput();
  }

  #advance(step: number): void {
    this.#platform.tick(step);
    this.#look();
  }

  #look(): void {
    this.#nextEvent = this.#platform.nextEventStep();
    this.#pending = this.#platform.pendingInterrupt() !== undefined;
  }
}
