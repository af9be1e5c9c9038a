import type { Line } from '../device.js';
import { ConfigSpace, PCI } from '../pci/config-space.js';
import { identify, INTEL, ISA_SLOT } from '../pci/i440fx.js';
import type { PciFunction, PortWindow } from '../pci/pci-function.js';
import { stateCodec } from '../state-codec.js';

/** Registers in the configuration space of the PIIX4's function 3 (Intel 82371AB, 7.1). */
const CONFIG = { pmBase: 0x40, deviceActivityB: 0x58, pmRegisters: 0x80 } as const;
/** System management interrupts by port 0xb2 are set up already: there are none to set up. */
const APMC_ENABLED = 0x0200_0000;
const PM_ENABLED = 1;
const WINDOW_BYTES = 64;

/** The power management block (ACPI 6.5, 4.8.3), by offset. */
const REGISTER = { status: 0, enable: 2, control: 4, timer: 8 } as const;
const STATUS = { timer: 0x0001, power: 0x0100, sleep: 0x0200, rtc: 0x0400, wake: 0x8000 } as const;
const STATUS_BITS = 0x8731;
const ENABLE_BITS = 0x0521;
const CONTROL = { sci: 0x0001, sleepType: 0x1c00, sleep: 0x2000 } as const;
/** Sleep type 0 is S5: soft off. */
const SOFT_OFF = 0;

/** The timer counts at 3.579545 MHz, three times the PIT's, in 24 bits. */
const TICKS_A_PIT_TICK = 3;
const TIMER_PERIOD = 2 ** 24;
/** The status bit is set when bit 23 changes. */
const HALF_PERIOD = 2 ** 23;

const APM_COMMAND = 0xb2;
/** What the ACPI tables have the guest write to 0xb2, to get the SCI. */
export const ACPI_ENABLE = 0xf1;
/** And to give it back. */
export const ACPI_DISABLE = 0xf0;

const codec = stateCodec('acpi-pm', {
  config: 'bytes256',
  step: 'u53',
  status: 'u16',
  enable: 'u16',
  control: 'u16',
  apmCommand: 'u8',
  apmStatus: 'u8',
});

/** What the guest asks of the machine. */
export interface AcpiPmOptions {
  readonly stepsPerTick: number;
  /** IRQ 9. */
  readonly sci: Line;
  readonly powerOff: () => void;
}

/**
 * Power management of a PIIX4 (slot 1, function 3): the ACPI timer, events and power-off, where the guest
 * has put them, and the APM ports 0xb2 and 0xb3. There is no system management mode.
 */
export class AcpiPm implements PciFunction {
  readonly name = 'acpi-pm';
  readonly address = { slot: ISA_SLOT, function: 3 };
  readonly ports = [{ first: APM_COMMAND, count: 2 }];
  readonly config = new ConfigSpace({ vendor: INTEL, device: 0x7113, revision: 3, class: 0x0680 });
  readonly #options: AcpiPmOptions;
  readonly #block = {
    read: (port: number, size: number) => this.#readBlock(port, size),
    write: (port: number, size: number, value: number) => {
      this.#writeBlock(port, size, value);
    },
  };
  #state = codec.initial();

  constructor(options: AcpiPmOptions) {
    this.#options = options;
    identify(this.config);
    // Other than a function with BARs it decodes whenever its own enable bit says so.
    this.config.define(PCI.command, 2, 0x0001);
    this.config.define(PCI.interruptPin, 1, 1);
    this.config.define(CONFIG.pmBase, 4, 1, 0xffc0);
    this.config.define(CONFIG.deviceActivityB, 4, APMC_ENABLED, 0xffff_ffff);
    this.config.define(CONFIG.pmRegisters, 1, 0, PM_ENABLED);
  }

  windows(): readonly PortWindow[] {
    if ((this.config.read(CONFIG.pmRegisters, 1) & PM_ENABLED) === 0) return [];
    const first = this.config.read(CONFIG.pmBase, 2) & 0xffc0;
    return first === 0 ? [] : [{ first, count: WINDOW_BYTES, handler: this.#block }];
  }

  read(port: number): number {
    return port === APM_COMMAND ? this.#state.apmCommand : this.#state.apmStatus;
  }

  write(port: number, _size: number, value: number): void {
    if (port !== APM_COMMAND) {
      this.#state.apmStatus = value;
      return;
    }
    this.#state.apmCommand = value;
    if (value === ACPI_ENABLE) this.#state.control |= CONTROL.sci;
    if (value === ACPI_DISABLE) this.#state.control &= ~CONTROL.sci;
    this.#drive();
  }

  #readBlock(port: number, size: number): number {
    const offset = port % WINDOW_BYTES;
    const { status, enable, control } = this.#state;
    const block = new DataView(new ArrayBuffer(WINDOW_BYTES + 4));
    block.setUint16(REGISTER.status, status, true);
    block.setUint16(REGISTER.enable, enable, true);
    block.setUint16(REGISTER.control, control, true);
    block.setUint32(REGISTER.timer, this.#ticks() % TIMER_PERIOD, true);
    if (size === 1) return block.getUint8(offset);
    return size === 2 ? block.getUint16(offset, true) : block.getUint32(offset, true);
  }

  /** Registers are 16 bits wide; an access of 32 bits reaches two of them, one of 8 bits half of one. */
  #writeBlock(port: number, size: number, value: number): void {
    const offset = port % WINDOW_BYTES;
    for (let at = offset & ~1; at < offset + size; at += 2) {
      const shift = 8 * (at - offset);
      const word = shift < 0 ? (value << 8) & 0xffff : (value >>> shift) & 0xffff;
      const mask = size > 1 ? 0xffff : offset & 1 ? 0xff00 : 0x00ff;
      this.#writeRegister(at, word & mask, mask);
    }
    this.#drive();
  }

  #writeRegister(register: number, value: number, mask: number): void {
    const state = this.#state;
    switch (register) {
      case REGISTER.status:
        state.status &= ~value;
        break;
      case REGISTER.enable:
        state.enable = ((state.enable & ~mask) | value) & ENABLE_BITS;
        break;
      case REGISTER.control:
        // SCI_EN is the chipset's, and SLP_EN reads as zero.
        state.control =
          (state.control & (~mask | CONTROL.sci)) | (value & ~(CONTROL.sleep | CONTROL.sci));
        if (value & CONTROL.sleep && (state.control & CONTROL.sleepType) >> 10 === SOFT_OFF) {
          this.#options.powerOff();
        }
        break;
      default:
        break;
    }
  }

  #ticks(): number {
    return Math.floor((this.#state.step * TICKS_A_PIT_TICK) / this.#options.stepsPerTick);
  }

  /** The timer's half periods that have passed. */
  #halves(): number {
    return Math.floor(this.#ticks() / HALF_PERIOD);
  }

  tick(step: number): void {
    const before = this.#halves();
    this.#state.step = step;
    if (this.#halves() === before) return;
    this.#state.status |= STATUS.timer;
    this.#drive();
  }

  nextEventStep(): number {
    const { enable, control } = this.#state;
    if (!(enable & STATUS.timer) || !(control & CONTROL.sci)) return Infinity;
    const next = (this.#halves() + 1) * HALF_PERIOD;
    return Math.ceil((next * this.#options.stepsPerTick) / TICKS_A_PIT_TICK);
  }

  #drive(): void {
    const { status, enable, control } = this.#state;
    const asks = (status & enable & STATUS_BITS) !== 0 && (control & CONTROL.sci) !== 0;
    this.#options.sci(asks);
  }

  save(): Uint8Array {
    return codec.encode({ ...this.#state, config: this.config.bytes });
  }

  restore(bytes: Uint8Array): void {
    this.#state = codec.decode(bytes);
    this.config.restore(this.#state.config);
  }
}
