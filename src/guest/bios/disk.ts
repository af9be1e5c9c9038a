/** INT 13h on one disk: the guest's file, with what the guest writes kept in memory. */
import type { BiosCall } from './call.js';

/** Bytes of a sector. */
export const SECTOR_BYTES = 512;
/** Status in AH. */
const Status = { ok: 0, invalid: 1, notFound: 4, writeProtected: 3 } as const;
const FLOPPY_BYTES = [368_640, 737_280, 1_228_800, 1_474_560, 2_949_120];
const HARD_DISK = 0x80;
/** Extended access with a packet: its size, the version that says so, and its bit in CX. */
const Packet = { bytes: 16, version: 0x21, access: 1 } as const;

interface Geometry {
  readonly heads: number;
  readonly sectors: number;
}

/** The disk and what has been written to it. */
export class Disk {
  readonly #file: Uint8Array;
  /** By sector, in base64. */
  #written = new Map<number, string>();

  constructor(file: Uint8Array) {
    this.#file = file;
  }

  /** The number that DL has: 0 for what has the size of a floppy disk, else the first hard disk. */
  get number(): number {
    return FLOPPY_BYTES.includes(this.#file.length) ? 0 : HARD_DISK;
  }

  get sectors(): number {
    return Math.ceil(this.#file.length / SECTOR_BYTES);
  }

  get geometry(): Geometry {
    if (this.number !== 0) return { heads: 16, sectors: 63 };
    return { heads: 2, sectors: Math.round(this.sectors / 160) };
  }

  read(first: number, count: number): Uint8Array {
    const bytes = new Uint8Array(count * SECTOR_BYTES);
    bytes.set(this.#file.subarray(first * SECTOR_BYTES, (first + count) * SECTOR_BYTES));
    for (let index = 0; index < count; index++) {
      const written = this.#written.get(first + index);
      if (written !== undefined) bytes.set(Buffer.from(written, 'base64'), index * SECTOR_BYTES);
    }
    return bytes;
  }

  write(first: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
      const sector = Buffer.from(bytes.subarray(at, at + SECTOR_BYTES)).toString('base64');
      this.#written.set(first + at / SECTOR_BYTES, sector);
    }
  }

  save(): readonly (readonly [number, string])[] {
    return [...this.#written];
  }

  restore(saved: readonly (readonly [number, string])[]): void {
    this.#written = new Map(saved);
  }
}

/** Answers INT 13h; false for a function that there is not. */
export function diskService(call: BiosCall, disk: Disk): boolean {
  const dl = call.get16('edx') & 0xff;
  if (dl !== disk.number) {
    end(call, Status.invalid);
    return true;
  }
  switch (call.ah) {
    case 0x00:
    case 0x0d:
      end(call, Status.ok);
      return true;
    case 0x02:
    case 0x03:
    case 0x04:
      transfer(call, disk, call.ah, byCylinder(call, disk), call.al);
      return true;
    case 0x08:
      parameters(call, disk);
      return true;
    case 0x15:
      call.setAh(dl === 0 ? 1 : 3);
      call.set16('ecx', Math.floor(disk.sectors / 65_536));
      call.set16('edx', disk.sectors % 65_536);
      call.setFlags({ carry: false });
      return true;
    case 0x41:
      if (call.get16('ebx') !== 0x55aa || dl === 0) return false;
      call.set16('ebx', 0xaa55);
      call.set16('ecx', Packet.access);
      call.setAh(Packet.version);
      call.setFlags({ carry: false });
      return true;
    case 0x42:
    case 0x43:
      byPacket(call, disk);
      return true;
    case 0x48:
      extendedParameters(call, disk);
      return true;
    default:
      return false;
  }
}

function end(call: BiosCall, status: number): void {
  call.setAh(status);
  call.setFlags({ carry: status !== Status.ok });
}

/** The sector that CH, CL and DH name. */
function byCylinder(call: BiosCall, { geometry }: Disk): number {
  const [cx, dx] = [call.get16('ecx'), call.get16('edx')];
  const cylinder = (cx >> 8) | ((cx & 0xc0) << 2);
  return (cylinder * geometry.heads + (dx >> 8)) * geometry.sectors + (cx & 0x3f) - 1;
}

/** Reads, writes or verifies `count` sectors from or to ES:BX. */
function transfer(call: BiosCall, disk: Disk, how: number, first: number, count: number): void {
  if (count === 0 || first < 0 || first + count > disk.sectors) {
    call.setAl(0);
    end(call, count === 0 ? Status.invalid : Status.notFound);
    return;
  }
  const address = call.esBase + call.get16('ebx');
  if (how === 0x02) call.write(address, disk.read(first, count));
  if (how === 0x03) disk.write(first, call.read(address, count * SECTOR_BYTES));
  call.setAl(count);
  end(call, Status.ok);
}

function parameters(call: BiosCall, disk: Disk): void {
  const { heads, sectors } = disk.geometry;
  const cylinders = Math.min(1024, Math.max(1, Math.ceil(disk.sectors / (heads * sectors))));
  const last = cylinders - 1;
  call.set16('ecx', ((last & 0xff) << 8) | ((last >> 2) & 0xc0) | sectors);
  call.set16('edx', ((heads - 1) << 8) | 1);
  if (disk.number === 0) call.set16('ebx', 4);
  end(call, Status.ok);
}

/** EDD 3.0: a packet at DS:SI of size, count, buffer and 64-bit sector. */
function byPacket(call: BiosCall, disk: Disk): void {
  const packet = Buffer.from(call.read(call.dsBase + call.get16('esi'), Packet.bytes));
  const count = packet.readUInt16LE(2);
  const address = packet.readUInt16LE(6) * 16 + packet.readUInt16LE(4);
  const first = Number(packet.readBigUInt64LE(8));
  if (packet[0]! < Packet.bytes || count === 0) {
    end(call, Status.invalid);
    return;
  }
  if (first + count > disk.sectors) {
    end(call, Status.notFound);
    return;
  }
  if (call.ah === 0x42) call.write(address, disk.read(first, count));
  else disk.write(first, call.read(address, count * SECTOR_BYTES));
  end(call, Status.ok);
}

function extendedParameters(call: BiosCall, disk: Disk): void {
  const at = call.dsBase + call.get16('esi');
  const { heads, sectors } = disk.geometry;
  const table = Buffer.alloc(26);
  table.writeUInt16LE(26, 0);
  table.writeUInt32LE(Math.max(1, Math.ceil(disk.sectors / (heads * sectors))), 4);
  table.writeUInt32LE(heads, 8);
  table.writeUInt32LE(sectors, 12);
  table.writeBigUInt64LE(BigInt(disk.sectors), 16);
  table.writeUInt16LE(SECTOR_BYTES, 24);
  call.write(at, table);
  end(call, Status.ok);
}
