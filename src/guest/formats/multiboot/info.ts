/** What a multiboot loader tells the kernel (Multiboot 0.6.96, 3.3; Multiboot2 2.0, 3.6). */
import { e820, HIGH_MEMORY, LOW_MEMORY_END } from '../../boot/e820.js';
import type { BootModule, Handover } from '../../boot/handover.js';
import { lowRamSize, type MemoryLayout } from '../../memory-map.js';

const LOADER_NAME = 'kvmtrace';
const KIB = 1024;

/** EAX at the entry of a kernel. */
export const MULTIBOOT_EAX = { 1: 0x2bad_b002n, 2: 0x36d7_6289n } as const;

/** What the kernel is told. */
export interface BootInformation {
  readonly layout: MemoryLayout;
  readonly commandLine: string;
  readonly modules: readonly BootModule[];
}

/** Flags of version 1: memory sizes, command line, modules, memory map, name of the loader. */
const FLAGS1 = { memory: 1, commandLine: 4, modules: 8, map: 0x40, name: 0x200 } as const;
const INFO1_BYTES = 120;
const MAP_ENTRY1_BYTES = 24;
const MODULE1_BYTES = 16;

const lowerKib = (): number => LOW_MEMORY_END / KIB;
const upperKib = (layout: MemoryLayout): number =>
  Math.max(0, lowRamSize(layout) - HIGH_MEMORY) / KIB;

function putModules(
  memory: Handover,
  modules: readonly BootModule[],
): { start: number; end: number; text: string }[] {
  return modules.map(({ bytes, commandLine }) => {
    const start = memory.putPages(bytes);
    return { start, end: start + bytes.length, text: commandLine };
  });
}

/** Puts the structure of version 1 into memory; returns its address, which goes to EBX. */
export function putInfo1(
  memory: Handover,
  { layout, commandLine, modules }: BootInformation,
): number {
  const placed = putModules(memory, modules);
  const info = Buffer.alloc(INFO1_BYTES);
  const list = Buffer.alloc(MODULE1_BYTES * placed.length);
  for (const [index, { start, end, text }] of placed.entries()) {
    list.writeUInt32LE(start, MODULE1_BYTES * index);
    list.writeUInt32LE(end, MODULE1_BYTES * index + 4);
    list.writeUInt32LE(memory.putString(text), MODULE1_BYTES * index + 8);
  }
  const ranges = e820(layout);
  const map = Buffer.alloc(MAP_ENTRY1_BYTES * ranges.length);
  for (const [index, { gpa, size, type }] of ranges.entries()) {
    const at = MAP_ENTRY1_BYTES * index;
    // The size does not count itself.
    map.writeUInt32LE(MAP_ENTRY1_BYTES - 4, at);
    map.writeBigUInt64LE(BigInt(gpa), at + 4);
    map.writeBigUInt64LE(BigInt(size), at + 12);
    map.writeUInt32LE(type, at + 20);
  }
  const {
    memory: hasMemory,
    commandLine: hasCommandLine,
    modules: hasModules,
    map: hasMap,
    name,
  } = FLAGS1;
  info.writeUInt32LE(hasMemory | hasCommandLine | hasModules | hasMap | name, 0);
  info.writeUInt32LE(lowerKib(), 4);
  info.writeUInt32LE(upperKib(layout), 8);
  info.writeUInt32LE(memory.putString(commandLine), 16);
  info.writeUInt32LE(placed.length, 20);
  info.writeUInt32LE(memory.put(list), 24);
  info.writeUInt32LE(map.length, 44);
  info.writeUInt32LE(memory.put(map), 48);
  info.writeUInt32LE(memory.putString(LOADER_NAME), 64);
  return memory.put(info);
}

/** Tags of version 2. */
const Tag = { end: 0, commandLine: 1, name: 2, module: 3, memory: 4, map: 6 } as const;
const MAP_ENTRY2_BYTES = 24;

function tag(type: number, data: Uint8Array): Uint8Array {
  const size = 8 + data.length;
  const bytes = Buffer.alloc(Math.ceil(size / 8) * 8);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(size, 4);
  bytes.set(data, 8);
  return bytes;
}

const text = (value: string): Uint8Array => Buffer.from(`${value}\0`, 'utf8');
const words = (...values: readonly number[]): Uint8Array =>
  new Uint8Array(Uint32Array.from(values).buffer);

/** The same of version 2. */
export function putInfo2(
  memory: Handover,
  { layout, commandLine, modules }: BootInformation,
): number {
  const placed = putModules(memory, modules);
  const ranges = e820(layout);
  const map = Buffer.alloc(8 + MAP_ENTRY2_BYTES * ranges.length);
  map.writeUInt32LE(MAP_ENTRY2_BYTES, 0);
  for (const [index, { gpa, size, type }] of ranges.entries()) {
    const at = 8 + MAP_ENTRY2_BYTES * index;
    map.writeBigUInt64LE(BigInt(gpa), at);
    map.writeBigUInt64LE(BigInt(size), at + 8);
    map.writeUInt32LE(type, at + 16);
  }
  const tags = Buffer.concat([
    tag(Tag.commandLine, text(commandLine)),
    tag(Tag.name, text(LOADER_NAME)),
    ...placed.map((each) =>
      tag(Tag.module, Buffer.concat([words(each.start, each.end), text(each.text)])),
    ),
    tag(Tag.memory, words(lowerKib(), upperKib(layout))),
    tag(Tag.map, map),
    tag(Tag.end, new Uint8Array()),
  ]);
  return memory.put(Buffer.concat([words(8 + tags.length, 0), tags]));
}
