/** The BIOS as a device: a stub's call comes in through a port, and the answer goes out through it (thunk.ts). */
import { inputError } from '../../base/errors.js';
import type { Device } from '../../devices/device.js';
import { AnswerQueue, type AnswerItem } from '../../uefi/answer-queue.js';
import type { Clock } from '../clock.js';
import { Console } from '../console.js';
import type { MemoryLayout } from '../memory-map.js';
import { BiosCall, type RealModeView } from './call.js';
import { Disk, diskService } from './disk.js';
import { keyboardService } from './keyboard.js';
import { screenService } from './screen.js';
import { EQUIPMENT, MEMORY_KIB } from '../boot/bios-data-area.js';
import { clockService, systemService } from './system.js';
import { BIOS_PORT, vectorAt, type BiosVector } from './thunk.js';

/** What the BIOS finds in the machine. */
export interface BiosSetup {
  readonly layout: MemoryLayout;
  /** The guest's file, which is the disk. */
  readonly disk: Uint8Array;
}

/** What the BIOS has of the host: input, output and the time. */
export interface BiosHost {
  /** What is typed. */
  readonly input: Uint8Array;
  readonly clock: Clock;
  readonly onOutput: (bytes: Uint8Array) => void;
  readonly onEnd: (detail: string) => void;
}

interface Saved {
  readonly console: ReturnType<Console['save']>;
  readonly disk: ReturnType<Disk['save']>;
  readonly queue: readonly AnswerItem[];
  readonly unsupported: readonly (readonly [string, number])[];
}

/** The BIOS of one machine. */
export class Bios implements Device {
  readonly name = 'bios';
  readonly ports = [{ first: BIOS_PORT, count: 1, wide: true }];
  readonly #host: BiosHost;
  readonly #layout: MemoryLayout;
  readonly #console: Console;
  readonly #disk: Disk;
  #guest: RealModeView | undefined;
  #answer = new AnswerQueue();
  #unsupported = new Map<string, number>();

  constructor(host: BiosHost, { layout, disk }: BiosSetup) {
    this.#host = host;
    this.#layout = layout;
    this.#disk = new Disk(disk);
    this.#console = new Console(host.input, host.onOutput);
  }

  attach(guest: RealModeView): void {
    this.#guest = guest;
  }

  /** `INT 13h AH=42h` and how often, of what has no service here. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#unsupported;
  }

  read(_port: number, size: number): number {
    return size === 1 ? this.#answer.byte() : this.#answer.word();
  }

  write(): void {
    const vector = this.#guest === undefined ? undefined : vectorAt(this.#guest.ip);
    if (this.#guest === undefined || vector === undefined) return;
    const call = new BiosCall(this.#guest);
    this.#serve(vector, call);
    this.#answer = call.answer;
  }

  save(): Uint8Array {
    const saved: Saved = {
      console: this.#console.save(),
      disk: this.#disk.save(),
      queue: this.#answer.save(),
      unsupported: [...this.#unsupported],
    };
    return Buffer.from(JSON.stringify(saved));
  }

  restore(bytes: Uint8Array): void {
    try {
      const saved = JSON.parse(Buffer.from(bytes).toString()) as Saved;
      this.#console.restore(saved.console);
      this.#disk.restore(saved.disk);
      this.#answer = new AnswerQueue([...saved.queue]);
      this.#unsupported = new Map(saved.unsupported);
    } catch (error) {
      throw inputError(
        'The snapshot has a state of the BIOS that cannot be read: it is broken, or of another version of kvmtrace; record again.',
        error,
      );
    }
  }

  #serve(vector: BiosVector, call: BiosCall): void {
    const isServed = this.#dispatch(vector, call);
    if (isServed) return;
    const hex = (value: number): string => value.toString(16).padStart(2, '0');
    const name = `INT ${hex(vector)}h AH=${hex(call.ah)}h`;
    this.#unsupported.set(name, (this.#unsupported.get(name) ?? 0) + 1);
    if (vector === 0x13) {
      call.setAh(1);
      call.setFlags({ carry: true });
    }
  }

  #dispatch(vector: BiosVector, call: BiosCall): boolean {
    const { clock } = this.#host;
    switch (vector) {
      case 0x10:
        return screenService(call, this.#console);
      case 0x11:
        call.set16('eax', EQUIPMENT);
        return true;
      case 0x12:
        call.set16('eax', MEMORY_KIB);
        return true;
      case 0x13:
        return diskService(call, this.#disk);
      case 0x15:
        return systemService(call, this.#layout, clock);
      case 0x16: {
        const served = keyboardService(call, this.#console);
        if (served !== 'waits') return served;
        this.#host.onEnd('the guest waits for a key, and --port-input has no more');
        return true;
      }
      case 0x18:
        this.#host.onEnd('the boot sector gave up (INT 18h)');
        return true;
      case 0x19:
        this.#host.onEnd('the guest asked to boot again (INT 19h)');
        return true;
      case 0x1a:
        return clockService(call, clock);
      default:
        return false;
    }
  }
}
