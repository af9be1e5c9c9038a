/** The header by which a kernel says that it takes multiboot (Multiboot 0.6.96, 3.1; Multiboot2 2.0, 3.1). */
import { unsignedAt } from '../bytes.js';

/** What the header says, of either version. */
export interface MultibootHeader {
  readonly version: 1 | 2;
  /** Where in the file it stands. */
  readonly offset: number;
  /** Of version 1. */
  readonly flags: number;
  /** Where a file that is no ELF goes: its header says so (bit 16 of the flags; tags 2 and 3). */
  readonly addresses: MultibootAddresses | undefined;
  /** Where to enter instead of the ELF's own entry (tag 3 of version 2). */
  readonly entry: number | undefined;
}

/** The address fields of a header, guest-physical. */
export interface MultibootAddresses {
  readonly header: number;
  readonly load: number;
  /** 0 for the end of the file. */
  readonly loadEnd: number;
  /** 0 for none. */
  readonly bssEnd: number;
  readonly entry: number;
}

/** The first word of a header, and the bytes of the file in which it lies, by version. */
const Magic = { v1: 0x1bad_b002, v2: 0xe852_50d6 } as const;
const Reach = { v1: 8192, v2: 32_768 } as const;
const HAS_ADDRESSES = 1 << 16;
const TAG_END = 0;
const TAG_ADDRESS = 2;
const TAG_ENTRY = 3;
const ARCHITECTURE_I386 = 0;

/** The header in the part of the file where it may be; version 2 where a kernel has both. */
export function findMultiboot(bytes: Uint8Array): MultibootHeader | undefined {
  return findVersion2(bytes) ?? findVersion1(bytes);
}

const word = (bytes: Uint8Array, at: number): number => unsignedAt(bytes, at, 4) ?? 0;

/** Whether these 32-bit words sum to zero. */
const cancel = (...words: readonly number[]): boolean =>
  words.reduce((sum, each) => (sum + each) % 2 ** 32, 0) === 0;

function findVersion1(bytes: Uint8Array): MultibootHeader | undefined {
  for (let at = 0; at + 12 <= Math.min(Reach.v1, bytes.length); at += 4) {
    const [magic, flags, checksum] = [0, 4, 8].map((each) => word(bytes, at + each)) as [
      number,
      number,
      number,
    ];
    if (magic !== Magic.v1 || !cancel(magic, flags, checksum)) continue;
    const [header, load, loadEnd, bssEnd, entry] = [12, 16, 20, 24, 28].map((each) => word(bytes, at + each)) as [
      number, number, number, number, number,
    ]; // prettier-ignore
    const addresses =
      (flags & HAS_ADDRESSES) === 0 ? undefined : { header, load, loadEnd, bssEnd, entry };
    return { version: 1, offset: at, flags, addresses, entry: undefined };
  }
  return undefined;
}

function findVersion2(bytes: Uint8Array): MultibootHeader | undefined {
  for (let at = 0; at + 16 <= Math.min(Reach.v2, bytes.length); at += 8) {
    const [magic, architecture, length, checksum] = [0, 4, 8, 12].map((each) => word(bytes, at + each)) as [
      number, number, number, number,
    ]; // prettier-ignore
    if (magic !== Magic.v2 || architecture !== ARCHITECTURE_I386) continue;
    if (!cancel(magic, architecture, length, checksum)) continue;
    return readTags(bytes, at, length);
  }
  return undefined;
}

function readTags(bytes: Uint8Array, offset: number, length: number): MultibootHeader {
  let addresses: MultibootAddresses | undefined;
  let entry: number | undefined;
  for (let at = offset + 16; at + 8 <= Math.min(offset + length, bytes.length);) {
    const type = unsignedAt(bytes, at, 2)!;
    const size = word(bytes, at + 4);
    if (type === TAG_END || size < 8) break;
    if (type === TAG_ENTRY) entry = word(bytes, at + 8);
    if (type === TAG_ADDRESS) {
      const [header, load, loadEnd, bssEnd] = [8, 12, 16, 20].map((each) => word(bytes, at + each)) as [
        number, number, number, number,
      ]; // prettier-ignore
      addresses = { header, load, loadEnd, bssEnd, entry: 0 };
    }
    at += Math.ceil(size / 8) * 8;
  }
  if (addresses !== undefined) addresses = { ...addresses, entry: entry ?? addresses.load };
  return { version: 2, offset, flags: 0, addresses, entry };
}
