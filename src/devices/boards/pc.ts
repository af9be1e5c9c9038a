import { AcpiPm } from '../acpi/acpi-pm.js';
import { Dma8237 } from '../dma8237.js';
import { FwCfg } from '../fw-cfg/fw-cfg.js';
import { fwCfgItems, type FwCfgFile } from '../fw-cfg/items.js';
import type { GuestMemory } from '../guest-memory.js';
import { I8042 } from '../i8042/i8042.js';
import { hostBridge, isaBridge } from '../pci/i440fx.js';
import { PciHost } from '../pci/pci-host.js';
import { PvPanic } from '../pvpanic.js';
import { PortBus } from '../bus.js';
import { DebugConsole, type Output } from '../debug-console.js';
import { DebugExit } from '../debug-exit.js';
import type { Device, Lines } from '../device.js';
import { MemoryBus } from '../memory-bus.js';
import { restoreDevices, saveDevices } from '../saved-devices.js';
import { FastGate } from '../fast-gate.js';
import { Pic8259 } from '../pic/pic8259.js';
import { DEFAULT_STEPS_PER_TICK, Pit8254, TICKS_PER_SECOND } from '../pit/pit8254.js';
import { Rtc } from '../rtc.js';
import { Uart16550 } from '../uart/uart16550.js';

const IRQ = { timer: 0, keyboard: 1, com1: 4, sci: 9, mouse: 12 } as const;

const NO_MEMORY: GuestMemory = { read: () => undefined, write: () => false };

/** The boards that there are: a PC, and a processor with memory alone. */
export type MachineName = 'pc' | 'none';

/** Why the guest's machine is no more. */
export type MachineEnd = 'reset' | 'power-off' | 'panic';

/** What a PC is made with. */
export interface PlatformOptions {
  /** Default `pc`. */
  readonly machine?: MachineName | undefined;
  /** What the guest receives on COM1 (--port-input). */
  readonly portInput?: Uint8Array | undefined;
  /** RAM in bytes, for the CMOS cells that say so. */
  readonly memorySize: number;
  /** How many steps pass in a tick of the timer: the guest's speed. */
  readonly stepsPerTick?: number | undefined;
  /** For devices that access it themselves; without it they find none. */
  readonly memory?: GuestMemory | undefined;
  /** What the firmware finds in fw_cfg. */
  readonly files?: readonly FwCfgFile[] | undefined;
  /** Devices beside those of the PC. */
  readonly more?: readonly Device[] | undefined;
  /** Takes what the guest prints to COM1, 0xe9 and 0x402, byte by byte. */
  readonly onOutput: Output;
  /** The guest ended itself with this exit code (port 0xf4 or 0x501). */
  readonly onExit: (code: number) => void;
  /** The guest resets the machine, switches it off, or says that it has panicked. */
  readonly onEnd?: ((end: MachineEnd) => void) | undefined;
}

/**
 * The recorder's own machine around the processor: a PC with an Intel 440FX chipset, of which as much as
 * firmware and kernels look for, and the debug ports. Ports and addresses that nobody answers read as all ones;
 * port 0x80 (POST codes) is one of them, so that writes there do nothing.
 */
export class Platform {
  readonly #bus = new PortBus();
  readonly #memory = new MemoryBus();
  readonly #pic = new Pic8259();
  readonly #line: Lines = (irq) => (high) => {
    this.#pic.setLine(irq, high);
  };
  readonly #devices: readonly Device[];

  constructor(options: PlatformOptions) {
    const { machine = 'pc', more = [] } = options;
    this.#devices = [...(machine === 'pc' ? this.#pc(options) : []), ...more];
    for (const device of this.#devices) this.#connect(device);
  }

  /** The devices of a PC. */
  #pc(options: PlatformOptions): Device[] {
    const { memorySize, onOutput, onExit, stepsPerTick = DEFAULT_STEPS_PER_TICK } = options;
    const line = this.#line;
    const input = options.portInput ?? new Uint8Array();
    const end = (why: MachineEnd) => () => {
      options.onEnd?.(why);
    };
    const powerManagement = new AcpiPm({
      ...{ stepsPerTick, sci: line(IRQ.sci), powerOff: end('power-off') },
    });
    const functions = [hostBridge(), isaBridge(), powerManagement];
    const pci = new PciHost(functions, end('reset'));
    this.#bus.decodeBy(pci);
    const items = fwCfgItems(memorySize, options.files ?? []);
    return [
      this.#pic,
      new Pit8254({ irq: line(IRQ.timer), stepsPerTick }),
      new Uart16550({ input, output: onOutput, irq: line(IRQ.com1) }),
      new Rtc({ memorySize, stepsPerSecond: stepsPerTick * TICKS_PER_SECOND }),
      new DebugConsole(onOutput),
      new DebugExit(onExit),
      new FastGate(end('reset')),
      pci,
      ...functions,
      new FwCfg(items, options.memory ?? NO_MEMORY),
      new I8042({
        ...{ keyboard: line(IRQ.keyboard), mouse: line(IRQ.mouse), reset: end('reset') },
      }),
      new Dma8237(),
      new PvPanic(end('panic')),
    ];
  }

  #connect(device: Device): void {
    this.#bus.connect(device);
    this.#memory.connect(device);
    device.connectLines?.(this.#line);
  }

  /**
   * Fills `data` with what the guest reads from `port`: elements of `size` bytes (1, 2 or 4),
   * one after the other (`rep ins`).
   */
  portRead(port: number, size: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += size) {
      let value = this.#bus.read(port, size);
      for (let index = 0; index < size; index++, value >>>= 8) data[at + index] = value & 0xff;
    }
  }

  /** Takes what the guest writes to `port`: elements of `size` bytes, one after the other. */
  portWrite(port: number, size: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += size) {
      let value = 0;
      for (let index = size - 1; index >= 0; index--) value = value * 256 + data[at + index]!;
      this.#bus.write(port, size, value);
    }
  }

  /** Fills `data` with what the guest reads at `gpa`, where there is no RAM. */
  mmioRead(gpa: number, data: Uint8Array): void {
    this.#memory.read(gpa, data);
  }

  /** The guest writes where there is no RAM. */
  mmioWrite(gpa: number, data: Uint8Array): void {
    this.#memory.write(gpa, data);
  }

  /** Brings all devices to the moment before `step` runs: before an access, and at nextEventStep. */
  tick(step: number): void {
    for (const device of this.#devices) device.tick?.(step);
  }

  /** The first step at which an interrupt may become pending without an access; Infinity for never. */
  nextEventStep(): number {
    return this.#devices.reduce(
      (next, device) => Math.min(next, device.nextEventStep?.() ?? Infinity),
      Infinity,
    );
  }

  /** The vector of the interrupt that the guest should get, as soon as it lets interrupts in. */
  pendingInterrupt(): number | undefined {
    return this.#pic.pending();
  }

  /** The guest takes the interrupt: returns its vector. */
  acknowledge(): number {
    return this.#pic.acknowledge();
  }

  /** The state of all devices, less the input of COM1 (only how much of it was read). */
  save(): Uint8Array {
    return saveDevices(this.#devices);
  }

  /** Takes what `save` gave, here or of an older version; throws a KvmtraceError for anything else. */
  restore(bytes: Uint8Array): void {
    restoreDevices(this.#devices, bytes);
  }
}
