/**
 * Linux kernels (bzImage) by the 64-bit or 32-bit boot protocol (Documentation/arch/x86/boot.rst): the kernel
 * at its address, the zero page at RSI.
 */
import { inputError } from '../../../base/errors.js';
import { PAGE_BYTES } from '../../../base/page.js';
import { option } from '../../../base/option-names.js';
import { sha256 } from '../../../base/sha256.js';
import { hex } from '../../../base/number-text.js';
import { formatSize } from '../../../base/sizes.js';
import { e820 } from '../../boot/e820.js';
import { readModule } from '../../boot/handover.js';
import { lowRamSize, memoryLayout, type MemoryLayout } from '../../memory-map.js';
import type { GuestFormat, LoadOptions } from '../format.js';
import type { GuestSegment } from '../image.js';
import { isLinux, readLinuxHeader, type LinuxHeader } from './header.js';

/** A kernel needs more than other guests. */
const DEFAULT_LINUX_MEMORY = 256 * 1024 ** 2;
const DEFAULT_ADDRESS = 0x10_0000;
const ZERO_PAGE = 0x1_0000;
const COMMAND_LINE = 0x2_0000;
const ENTRY_64 = 0x200;
/** Offsets in struct boot_params. */
const PARAMS = {
  e820Count: 0x1e8,
  header: 0x1f1,
  videoMode: 0x1fa,
  loader: 0x210,
  flags: 0x211,
  initrdAddress: 0x218,
  initrdSize: 0x21c,
  commandLine: 0x228,
  e820: 0x2d0,
} as const;
const E820_BYTES = 20;
/** A boot loader without a number of its own, and the normal video mode. */
const UNDEFINED_LOADER = 0xff;
const NORMAL_VIDEO = 0xffff;
const CAN_USE_HEAP = 0x80;

/** Linux kernels as a kind of guest file. */
export const linuxFormat: GuestFormat = {
  name: 'linux',
  matches: isLinux,
  load({ title, bytes }, options) {
    if (!isLinux(bytes)) {
      throw inputError(
        `${title} has no header of a Linux kernel (HdrS at 0x202): leave ${option('format')} out.`,
      );
    }
    const header = readLinuxHeader(title, bytes);
    const mode = header.has64BitEntry ? 'long' : 'protected';
    if (options.mode !== undefined && options.mode !== mode) {
      throw inputError(
        `${title} is a Linux kernel that starts in ${mode} mode: leave ${option('mode')} out.`,
      );
    }
    const layout = memoryLayout(options.memory ?? DEFAULT_LINUX_MEMORY, mode);
    const address = placeKernel(title, header, options, layout);
    const kernel = bytes.subarray(header.kernelAt);
    const initrd = placeInitrd(title, {
      header,
      options,
      layout,
      kernelEnd: address + header.initSize,
    });
    const commandLine = Buffer.from(`${options.append ?? ''}\0`);
    if (commandLine.length - 1 > header.commandLineMax) {
      throw inputError(
        `${option('append')} has ${commandLine.length - 1} bytes, more than the ${header.commandLineMax} that this kernel takes: shorten it.`,
      );
    }
    const zeroPage = makeZeroPage(header, layout, initrd);
    const segments: GuestSegment[] = [
      { gpa: ZERO_PAGE, data: zeroPage, memorySize: PAGE_BYTES },
      { gpa: COMMAND_LINE, data: commandLine, memorySize: commandLine.length },
      { gpa: address, data: kernel, memorySize: Math.max(kernel.length, header.initSize) },
      ...(initrd === undefined ? [] : [initrd]),
    ];
    const entry = options.entry ?? BigInt(address + (header.has64BitEntry ? ENTRY_64 : 0));
    return {
      image: {
        ...{ format: 'linux', mode, segments, entry, symbols: [], sha256: sha256(bytes) },
        // EBP, EDI and EBX are zero, as all others.
        registers: { rsi: BigInt(ZERO_PAGE) },
      },
      layout,
    };
  },
};

function placeKernel(
  title: string,
  header: LinuxHeader,
  options: LoadOptions,
  layout: MemoryLayout,
): number {
  const { preferredAddress, isRelocatable, alignment, initSize } = header;
  if (options.load !== undefined && !isRelocatable) {
    throw inputError(`${title} is a kernel that cannot be relocated: leave ${option('load')} out.`);
  }
  const wanted =
    options.load === undefined ? preferredAddress || DEFAULT_ADDRESS : Number(options.load);
  if (isRelocatable && alignment !== 0 && wanted % alignment !== 0) {
    throw inputError(
      `${option('load')} ${hex(wanted)} is no multiple of the ${hex(alignment)} that this kernel wants.`,
    );
  }
  const end = wanted + initSize;
  if (end > lowRamSize(layout)) {
    const needed = Math.ceil(end / 2 ** 24) * 2 ** 24;
    throw inputError(
      `${title} is a Linux kernel that needs memory up to ${hex(end)} to unpack itself: give ${option('memory')} ${formatSize(needed)} or more.`,
    );
  }
  return wanted;
}

/** At the end of the memory that the kernel can reach early, as boot loaders put it. */
function placeInitrd(
  title: string,
  {
    header,
    options,
    layout,
    kernelEnd,
  }: {
    readonly header: LinuxHeader;
    readonly options: LoadOptions;
    readonly layout: MemoryLayout;
    readonly kernelEnd: number;
  },
): GuestSegment | undefined {
  if (options.initrd === undefined) return undefined;
  const { bytes } = readModule(options.initrd, option('initrd'));
  const end = Math.min(lowRamSize(layout), header.initrdAddressMax + 1);
  const gpa = Math.floor((end - bytes.length) / PAGE_BYTES) * PAGE_BYTES;
  if (gpa < kernelEnd) {
    throw inputError(
      `${title}: ${option('initrd')} has ${bytes.length} bytes, which do not fit behind the kernel: give more ${option('memory')}.`,
    );
  }
  return { gpa, data: bytes, memorySize: bytes.length };
}

function makeZeroPage(
  header: LinuxHeader,
  layout: MemoryLayout,
  initrd: GuestSegment | undefined,
): Uint8Array {
  const page = Buffer.alloc(PAGE_BYTES);
  page.set(header.bytes, PARAMS.header);
  page.writeUInt16LE(NORMAL_VIDEO, PARAMS.videoMode);
  page.writeUInt8(UNDEFINED_LOADER, PARAMS.loader);
  page.writeUInt8(page.readUInt8(PARAMS.flags) & ~CAN_USE_HEAP, PARAMS.flags);
  page.writeUInt32LE(COMMAND_LINE, PARAMS.commandLine);
  page.writeUInt32LE(initrd?.gpa ?? 0, PARAMS.initrdAddress);
  page.writeUInt32LE(initrd?.data.length ?? 0, PARAMS.initrdSize);
  const ranges = e820(layout);
  page.writeUInt8(ranges.length, PARAMS.e820Count);
  for (const [index, { gpa, size, type }] of ranges.entries()) {
    const at = PARAMS.e820 + E820_BYTES * index;
    page.writeBigUInt64LE(BigInt(gpa), at);
    page.writeBigUInt64LE(BigInt(size), at + 8);
    page.writeUInt32LE(type, at + 16);
  }
  return page;
}
