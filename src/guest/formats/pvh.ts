/**
 * Kernels with a PVH entry (Xen's docs/misc/pvh.pandoc, xen/include/public/arch-x86/hvm/start_info.h): an ELF
 * whose note names a 32-bit entry; EBX leads to what the loader tells.
 */
import { inputError, KvmtraceError } from '../../base/errors.js';
import { option } from '../../base/option-names.js';
import { e820 } from '../boot/e820.js';
import { Handover, readModule, type BootModule } from '../boot/handover.js';
import { DEFAULT_MEMORY_SIZE, memoryLayout, type MemoryLayout } from '../memory-map.js';
import { loadElf } from './elf/elf.js';
import { isElf, readElfHeader } from './elf/header.js';
import { findNote } from './elf/notes.js';
import type { GuestFormat } from './format.js';

/** XEN_ELFNOTE_PHYS32_ENTRY. */
const NOTE = { owner: 'Xen', type: 18 } as const;
const START_MAGIC = 0x336e_c578;
const START_VERSION = 1;
const START_BYTES = 56;
const MODULE_BYTES = 32;
const MAP_ENTRY_BYTES = 24;

/** The 32-bit entry that the note names; undefined without one. */
function pvhEntry(title: string, bytes: Uint8Array): bigint | undefined {
  const note = findNote(title, bytes, readElfHeader(title, bytes), NOTE);
  if (note === undefined || note.length < 4) return undefined;
  return BigInt(Buffer.from(note).readUInt32LE(0));
}

/** Kernels with a PVH entry as a kind of guest file. */
export const pvhFormat: GuestFormat = {
  name: 'pvh',
  matches(bytes) {
    if (!isElf(bytes)) return false;
    try {
      return pvhEntry('', bytes) !== undefined;
    } catch (error) {
      // What is wrong with it is for the loader of ELFs to say.
      if (error instanceof KvmtraceError) return false;
      throw error;
    }
  },
  load({ title, bytes }, options) {
    const entry = isElf(bytes) ? pvhEntry(title, bytes) : undefined;
    if (entry === undefined) {
      throw inputError(
        `${title} has no PVH entry (ELF note 18 of Xen): leave ${option('format')} out.`,
      );
    }
    if (options.mode !== undefined && options.mode !== 'protected') {
      throw inputError(
        `${title} is a PVH kernel, which starts in protected mode: leave ${option('mode')} out.`,
      );
    }
    const layout = memoryLayout(options.memory ?? DEFAULT_MEMORY_SIZE, 'protected');
    const kernel = loadElf(title, bytes, { layout, entry: options.entry ?? entry });
    const memory = new Handover(title, kernel.segments, layout);
    const modules = [
      ...(options.initrd === undefined ? [] : [readModule(options.initrd, option('initrd'))]),
      ...(options.modules ?? []).map((text) => readModule(text, option('module'))),
    ];
    const info = putStartInfo(memory, { layout, modules, commandLine: options.append ?? '' });
    const segments = [...kernel.segments, ...memory.segments].sort((a, b) => a.gpa - b.gpa);
    return {
      image: {
        ...kernel,
        format: 'pvh',
        mode: 'protected',
        segments,
        registers: { rbx: BigInt(info) },
      },
      layout,
    };
  },
};

/** Puts struct hvm_start_info into memory; returns its gpa. */
function putStartInfo(
  memory: Handover,
  {
    layout,
    modules,
    commandLine,
  }: {
    readonly layout: MemoryLayout;
    readonly modules: readonly BootModule[];
    readonly commandLine: string;
  },
): number {
  const list = Buffer.alloc(MODULE_BYTES * modules.length);
  for (const [index, module] of modules.entries()) {
    const at = MODULE_BYTES * index;
    list.writeBigUInt64LE(BigInt(memory.putPages(module.bytes)), at);
    list.writeBigUInt64LE(BigInt(module.bytes.length), at + 8);
    list.writeBigUInt64LE(BigInt(memory.putString(module.commandLine)), at + 16);
  }
  const ranges = e820(layout);
  const map = Buffer.alloc(MAP_ENTRY_BYTES * ranges.length);
  for (const [index, { gpa, size, type }] of ranges.entries()) {
    const at = MAP_ENTRY_BYTES * index;
    map.writeBigUInt64LE(BigInt(gpa), at);
    map.writeBigUInt64LE(BigInt(size), at + 8);
    map.writeUInt32LE(type, at + 16);
  }
  const info = Buffer.alloc(START_BYTES);
  info.writeUInt32LE(START_MAGIC, 0);
  info.writeUInt32LE(START_VERSION, 4);
  info.writeUInt32LE(modules.length, 12);
  info.writeBigUInt64LE(BigInt(modules.length === 0 ? 0 : memory.put(list)), 16);
  info.writeBigUInt64LE(BigInt(memory.putString(commandLine)), 24);
  info.writeBigUInt64LE(BigInt(memory.put(map)), 40);
  info.writeUInt32LE(ranges.length, 48);
  return memory.put(info);
}
