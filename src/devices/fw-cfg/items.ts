/** What fw_cfg has to give (QEMU, docs/specs/fw_cfg.rst), as bytes by selector. */

/** Selectors that have a meaning of their own. */
const KEY = {
  signature: 0x00,
  id: 0x01,
  ramSize: 0x03,
  processors: 0x05,
  maxProcessors: 0x0f,
} as const;
const DIRECTORY = 0x19;
const FIRST_FILE = 0x20;
const NAME_BYTES = 56;
/** The traditional interface and DMA. */
const INTERFACES = 3;

/** A file by name. */
export interface FwCfgFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** E820's type of memory that is the guest's. */
const USABLE = 1;

const le = (bytes: number, value: number): Uint8Array => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, Math.min(bytes, 6));
  return buffer;
};

/** All items: one processor, `memorySize` bytes of RAM, and the files with their directory. */
export function fwCfgItems(
  memorySize: number,
  files: readonly FwCfgFile[],
): ReadonlyMap<number, Uint8Array> {
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map<number, Uint8Array>([
    [KEY.signature, Buffer.from('QEMU')],
    [KEY.id, le(4, INTERFACES)],
    [KEY.ramSize, le(8, memorySize)],
    [KEY.processors, le(2, 1)],
    [KEY.maxProcessors, le(2, 1)],
    [DIRECTORY, directory(sorted)],
    ...sorted.map(({ data }, index) => [FIRST_FILE + index, data] as const),
  ]);
}

/** Big-endian, unlike most else: the number of files, then size, selector and name of each. */
function directory(files: readonly FwCfgFile[]): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(files.length);
  const entries = files.map(({ name, data }, index) => {
    const entry = Buffer.alloc(8 + NAME_BYTES);
    entry.writeUInt32BE(data.length, 0);
    entry.writeUInt16BE(FIRST_FILE + index, 4);
    entry.write(name, 8, NAME_BYTES - 1, 'latin1');
    return entry;
  });
  return Buffer.concat([count, ...entries]);
}

/** `etc/e820`: where the RAM is, 20 bytes a range. */
export function e820File(
  ranges: readonly { readonly gpa: number; readonly size: number }[],
): FwCfgFile {
  const data = Buffer.alloc(20 * ranges.length);
  for (const [index, { gpa, size }] of ranges.entries()) {
    data.writeBigUInt64LE(BigInt(gpa), 20 * index);
    data.writeBigUInt64LE(BigInt(size), 20 * index + 8);
    data.writeUInt32LE(USABLE, 20 * index + 16);
  }
  return { name: 'etc/e820', data };
}
