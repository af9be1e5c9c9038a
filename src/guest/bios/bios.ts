/** The BIOS as a device: a stub's call comes in through a port, and the answer goes out through it (thunk.ts). */
import { inputError } from '../../base/errors.js';
import type { Device } from '../../devices/device.js';
import type { Clock } from '../clock.js';
import { Console } from '../console.js';
import type { MemoryLayout } from '../memory-map.js';
import { BiosCall, type Piece, type RealModeView } from './call.js';
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
  readonly answer: readonly Piece[];
  readonly head: readonly number[];
  readonly read: number;
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
  /** Pieces that have not been read, the words of the first that are still to come, and its bytes read. */
  #answer: Piece[] = [];
  #head: number[] = [];
  #read = 0;
  /** The bytes of the first piece, once one of them has been read. */
  #bytes: Uint8Array | undefined;
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

  /** `INT 13h AH=42h` and how often, of what nobody answers here. */
  get unsupported(): ReadonlyMap<string, number> {
    return this.#unsupported;
  }

  read(_port: number, size: number): number {
    if (size === 1) return this.#byte();
    if (this.#head.length > 0) return this.#head.shift()!;
    const [piece] = this.#answer;
    if (piece === undefined) return 0;
    this.#head = [piece.address >> 4, piece.address & 15];
    return Buffer.byteLength(piece.data, 'base64');
  }

  write(): void {
    const vector = this.#guest === undefined ? undefined : vectorAt(this.#guest.ip);
    if (this.#guest === undefined || vector === undefined) return;
    const call = new BiosCall(this.#guest);
    this.#serve(vector, call);
    this.#answer = [...call.pieces];
    this.#head = [];
    this.#bytes = undefined;
    this.#read = 0;
  }

  tick(): void {
    // Its time is that of the clock that it is given.
  }

  nextEventStep(): number {
    return Infinity;
  }

  save(): Uint8Array {
    const saved: Saved = {
      console: this.#console.save(),
      disk: this.#disk.save(),
      answer: this.#answer,
      head: this.#head,
      read: this.#read,
      unsupported: [...this.#unsupported],
    };
    return Buffer.from(JSON.stringify(saved));
  }

  restore(bytes: Uint8Array): void {
    try {
      const saved = JSON.parse(Buffer.from(bytes).toString()) as Saved;
      this.#console.restore(saved.console);
      this.#disk.restore(saved.disk);
      this.#answer = [...saved.answer];
      this.#head = [...saved.head];
      this.#bytes = undefined;
      this.#read = saved.read;
      this.#unsupported = new Map(saved.unsupported);
    } catch (error) {
      throw inputError(
        'The snapshot has a state of the BIOS that cannot be read: it is broken, or of another version of kvmtrace; record again.',
        error,
      );
    }
  }

  #byte(): number {
    const [piece] = this.#answer;
    if (piece === undefined) return 0xff;
    this.#bytes ??= Buffer.from(piece.data, 'base64');
    const byte = this.#bytes[this.#read++]!;
    if (this.#read === this.#bytes.length) {
      this.#answer.shift();
      this.#bytes = undefined;
      this.#read = 0;
    }
    return byte;
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
