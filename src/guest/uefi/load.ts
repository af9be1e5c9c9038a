/** A UEFI program ready to run: its image, the firmware around it, and the registers of its entry point. */
import { hex } from '../../base/number-text.js';
import { inputError } from '../../base/errors.js';
import { lowRamSize, type MemoryLayout } from '../memory-map.js';
import type { GuestImage, GuestSymbol } from '../formats/image.js';
import { formatSize } from '../../base/sizes.js';
import { checkInRam } from '../formats/placement.js';
import { sha256 } from '../../base/sha256.js';
import { readPeHeader } from '../formats/pe-header.js';
import { layOut } from '../formats/pe-image.js';
import { peSymbols } from '../formats/pe-symbols.js';
import type { FirmwareSetup } from './firmware.js';
import { imageTypes } from './image-types.js';
import { buildFirmware, FIRMWARE_TOTAL_BYTES, stubAddress, type FirmwareLayout } from './layout.js';
import { EFI_PAGE_BYTES, MemoryType, type MemoryRange } from './memory-map.js';
import { SERVICES } from '../../uefi/services.js';
import { STUB_BYTES } from '../../uefi/thunk.js';
import type { Variable } from './variables.js';

/** Guest-physical address at which programs are loaded, unless `--load` says otherwise. */
export const DEFAULT_EFI_LOAD = 0x10_0000;
/** RAM that the firmware and a small program need. */
const LEAST_MEMORY = 8 * 1024 ** 2;
const LOW_MEMORY_END = 0xa_0000;
const HIGH_MEMORY = 0x10_0000;

/** How a program is loaded. */
export interface EfiOptions {
  readonly layout: MemoryLayout;
  /** Where the image goes instead of 1 MiB: a page's address. */
  readonly load?: bigint | undefined;
  /** Path of the program on the host. */
  readonly hostPath: string;
  /** Its path on the volume, from the backslash on. */
  readonly volumePath: string;
  /** Directory that is the volume. */
  readonly root?: string | undefined;
  /** What the program is given as its command line. */
  readonly loadOptions: string;
  readonly variables: readonly Variable[];
}

/**
 * The image of a UEFI program for x86-64, to be entered as a boot manager would.
 *
 * @throws KvmtraceError (2) for what is none, and for memory that is too small
 */
export function loadEfi(guest: string, bytes: Uint8Array, options: EfiOptions): GuestImage {
  const header = readPeHeader(guest, bytes);
  const ramEnd = checkMemory(options.layout);
  const base = Number(options.load ?? BigInt(DEFAULT_EFI_LOAD));
  if (base % EFI_PAGE_BYTES !== 0) {
    throw inputError(`--load ${hex(base)} is not the address of a page: give a multiple of 4096.`);
  }
  const size = Math.ceil(header.imageSize / EFI_PAGE_BYTES) * EFI_PAGE_BYTES;
  const placement = { what: 'the image', gpa: BigInt(base), size: BigInt(size) };
  checkInRam(guest, placement, options.layout, 'load it elsewhere (--load)');
  checkRoom(guest, base, size, ramEnd - FIRMWARE_TOTAL_BYTES);
  const image = layOut(guest, bytes, header, base);
  const types = imageTypes(header.subsystem);
  const { layout, block, returnAddress } = buildFirmware({
    ramEnd,
    imageBase: base,
    imageSize: header.imageSize,
    imageName: options.volumePath,
    codeType: types.code,
    dataType: types.data,
    loadOptions: options.loadOptions,
  });
  const stack = new Uint8Array(8);
  new DataView(stack.buffer).setBigUint64(0, BigInt(returnAddress), true);
  const entry = base + header.entryRva;
  const firmware: FirmwareSetup = {
    layout,
    memory: memoryRanges(ramEnd, layout, {
      type: types.code,
      start: base,
      pages: size / EFI_PAGE_BYTES,
    }),
    image: { base, size: header.imageSize, entry },
    volume: {
      root: options.root,
      program: { hostPath: options.hostPath, path: options.volumePath.replace(/^\\/, '') },
    },
    variables: options.variables,
  };
  return {
    format: 'efi',
    mode: 'long',
    segments: [
      { gpa: base, data: image, memorySize: image.length },
      { gpa: layout.stackPointer, data: stack, memorySize: stack.length },
      { gpa: block.start, data: block.bytes, memorySize: block.bytes.length },
    ],
    entry: BigInt(entry),
    symbols: withStubs(peSymbols(bytes, image, header, base), layout),
    sha256: sha256(bytes),
    registers: {
      rcx: BigInt(layout.handles.image),
      rdx: BigInt(layout.systemTable),
      rsp: BigInt(layout.stackPointer),
    },
    firmware,
  };
}

function checkRoom(guest: string, base: number, size: number, firmware: number): void {
  const isBelow = base >= EFI_PAGE_BYTES && base + size <= LOW_MEMORY_END;
  if (isBelow || (base >= HIGH_MEMORY && base + size <= firmware)) return;
  throw inputError(
    `${guest}: the image at ${hex(base)}-${hex(base + size - 1)} lies where a UEFI program cannot be: give --load an address from ${hex(HIGH_MEMORY)} on, below the firmware at ${hex(firmware)}, or more --memory.`,
  );
}

function checkMemory(layout: MemoryLayout): number {
  const ramEnd = lowRamSize(layout);
  if (layout.memorySize < LEAST_MEMORY) {
    throw inputError(
      `--memory ${formatSize(layout.memorySize)} is too little for a UEFI program: give ${formatSize(LEAST_MEMORY)} or more.`,
    );
  }
  if (layout.memorySize > ramEnd) {
    throw inputError(
      `--memory ${formatSize(layout.memorySize)} is more than the ${formatSize(ramEnd)} that a UEFI program can have here: give less.`,
    );
  }
  return ramEnd;
}

/** All RAM: the zero page and the PC's hole belong to nothing, the firmware's parts are its own. */
function memoryRanges(ramEnd: number, layout: FirmwareLayout, image: MemoryRange): MemoryRange[] {
  const ranges: MemoryRange[] = [];
  const add = (type: number, start: number, end: number): void => {
    if (end > start) ranges.push({ type, start, pages: (end - start) / EFI_PAGE_BYTES });
  };
  const imageEnd = image.start + image.pages * EFI_PAGE_BYTES;
  const free = (start: number, end: number): void => {
    add(MemoryType.conventional, start, Math.min(end, Math.max(start, image.start)));
    if (image.start >= start && image.start < end) ranges.push(image);
    add(MemoryType.conventional, Math.min(end, Math.max(start, imageEnd)), end);
  };
  add(MemoryType.reserved, 0, EFI_PAGE_BYTES);
  free(EFI_PAGE_BYTES, LOW_MEMORY_END);
  add(MemoryType.reserved, LOW_MEMORY_END, HIGH_MEMORY);
  free(HIGH_MEMORY, layout.frameBuffer);
  add(MemoryType.reserved, layout.frameBuffer, layout.stack);
  add(MemoryType.bootServicesData, layout.stack, layout.runtime);
  add(MemoryType.runtimeServicesCode, layout.runtime, ramEnd);
  return ranges;
}

/** The stubs by the names of their services, so that calls show as such. */
function withStubs(symbols: readonly GuestSymbol[], layout: FirmwareLayout): GuestSymbol[] {
  const stubs = SERVICES.map((service): GuestSymbol => ({
    name: `${service.table}.${service.name}`,
    address: BigInt(stubAddress(layout.stubs, service)),
    size: STUB_BYTES,
    kind: 'function',
  }));
  const common: GuestSymbol = {
    name: 'kvmtrace_firmware',
    address: BigInt(layout.runtime),
    size: layout.stubs - layout.runtime,
    kind: 'function',
  };
  return [...symbols, common, ...stubs].sort((a, b) => (a.address < b.address ? -1 : 1));
}
