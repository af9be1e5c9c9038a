/**
 * What the firmware has in the guest's memory before the first step: tables, stubs, protocols, handles, stack.
 * All of it lies at the top of the RAM below 3 GiB, in one block.
 */
import { crc32 } from 'node:zlib';
import { Block } from './block.js';
import { filePath, fullPath, volumePath } from './device-path.js';
import { EFI_PAGE_BYTES } from './memory-map.js';
import {
  BOOT_SERVICES,
  FILE,
  FILE_SYSTEM,
  GRAPHICS_OUTPUT,
  IMAGE_RETURN,
  LOADED_IMAGE,
  RANDOM,
  RUNTIME_SERVICES,
  SERVICES,
  serviceNumber,
  TEXT_INPUT,
  TEXT_INPUT_EX,
  TEXT_OUTPUT,
} from '../../uefi/services.js';
import type { Signature } from '../../uefi/signature.js';
import { char16 } from '../../uefi/text16.js';
import { commonCode, stub, STUB_BYTES } from '../../uefi/thunk.js';

/** 2.100, which is how UEFI 2.10 writes itself. */
export const UEFI_REVISION = (2 << 16) | 100;
const SYSTEM_SIGNATURE = 0x5453_5953_2049_4249n;
const BOOT_SIGNATURE = 0x5652_4553_544f_4f42n;
const RUNTIME_SIGNATURE = 0x5652_4553_544e_5552n;
const HEADER_BYTES = 24;
const SYSTEM_TABLE_BYTES = 120;
const FIRMWARE_REVISION = 1;

/** Bytes of the program's stack: UEFI promises 128 KiB (2.10, 2.3.4). */
export const STACK_BYTES = 128 * 1024;
/** Tables and stubs: whole pages, which an operating system keeps as runtime services. */
export const FIRMWARE_BYTES = 64 * 1024;
/** How many configuration tables there is room for. */
export const CONFIGURATION_TABLES = 32;
/** The one graphics mode, in pixels. */
export const SCREEN = { width: 800, height: 600, bytesPerPixel: 4 } as const;
/** Bytes of the frame buffer, in whole pages. */
export const FRAME_BUFFER_BYTES =
  Math.ceil((SCREEN.width * SCREEN.height * SCREEN.bytesPerPixel) / EFI_PAGE_BYTES) *
  EFI_PAGE_BYTES;

/** Offsets in EFI_SYSTEM_TABLE that change while it is used. */
export const SYSTEM_TABLE = {
  crc32: 16,
  bootServices: 96,
  entryCount: 104,
  entries: 112,
  size: SYSTEM_TABLE_BYTES,
} as const;
/** Offsets in SIMPLE_TEXT_OUTPUT_MODE. */
export const TEXT_MODE = { attribute: 8, column: 12, row: 16, isCursorVisible: 20 } as const;
/** Offsets in EFI_LOADED_IMAGE_PROTOCOL, and its size. */
export const LOADED_IMAGE_FIELDS = {
  parent: 8,
  systemTable: 16,
  device: 24,
  filePath: 32,
  optionsSize: 48,
  options: 56,
  base: 64,
  imageSize: 72,
  codeType: 80,
  dataType: 84,
  unload: 88,
  sizeBytes: 96,
} as const;
/** EFI_LOADED_IMAGE_PROTOCOL_REVISION. */
export const LOADED_IMAGE_REVISION = 0x1000;
/** EFI_FILE_PROTOCOL_REVISION. */
export const FILE_REVISION = 0x1_0000;

/** Guest-physical addresses of the firmware's parts; plain data, part of its saved state. */
export interface FirmwareLayout {
  /** First byte: frame buffer, stack, then the runtime pages. */
  readonly start: number;
  readonly frameBuffer: number;
  readonly stack: number;
  readonly runtime: number;
  readonly end: number;
  /** RSP of state 0: the return address of the entry point. */
  readonly stackPointer: number;
  readonly stubs: number;
  readonly systemTable: number;
  readonly configurationTable: number;
  readonly textOutput: number;
  readonly textMode: number;
  readonly textInput: number;
  readonly textInputEx: number;
  readonly keyEvent: number;
  readonly fileSystem: number;
  readonly volumePath: number;
  readonly graphics: number;
  readonly graphicsMode: number;
  readonly graphicsInfo: number;
  readonly random: number;
  readonly loadedImage: number;
  readonly imagePath: number;
  readonly handles: {
    readonly image: number;
    readonly console: number;
    readonly volume: number;
    readonly graphics: number;
  };
}

/** What the layout depends on. */
export interface FirmwareOptions {
  /** End of the RAM below 3 GiB. */
  readonly ramEnd: number;
  /** Where the program lies, and how many bytes it takes. */
  readonly imageBase: number;
  readonly imageSize: number;
  /** Its name on the volume, such as `\hello.efi`. */
  readonly imageName: string;
  /** Types of its code and data, by its subsystem. */
  readonly codeType: number;
  readonly dataType: number;
  /** LoadOptions, which shells and boot managers take for a command line; empty for none. */
  readonly loadOptions: string;
}

/** Bytes that the firmware takes at the end of the RAM. */
export const FIRMWARE_TOTAL_BYTES = FRAME_BUFFER_BYTES + STACK_BYTES + FIRMWARE_BYTES;

/** Where the stub of a service lies, with the stubs from `stubs` on. */
export function stubAddress(stubs: number, service: Signature): number {
  return stubs + STUB_BYTES * serviceNumber(service);
}

/** The contents of the runtime pages and of the stack's last bytes, with the addresses of all. */
export function buildFirmware(options: FirmwareOptions): {
  readonly layout: FirmwareLayout;
  readonly block: Block;
  readonly returnAddress: number;
} {
  const start = options.ramEnd - FIRMWARE_TOTAL_BYTES;
  const stack = start + FRAME_BUFFER_BYTES;
  const runtime = stack + STACK_BYTES;
  const block = new Block(runtime, FIRMWARE_BYTES);
  const stubs = putStubs(block);
  const pointers = (services: readonly Signature[]): number[] =>
    services.map((service) => stubAddress(stubs, service));
  const table = (...words: readonly number[]): number => {
    const address = block.take(8 * words.length);
    for (const [index, word] of words.entries()) block.u64(address + 8 * index, word);
    return address;
  };
  const textMode = block.take(24);
  block.u32(textMode, 1);
  block.u32(textMode + TEXT_MODE.attribute, 0x07);
  block.u32(textMode + TEXT_MODE.isCursorVisible, 1);
  const keyEvent = block.take(16);
  const [reset, readKey, ...restEx] = pointers(TEXT_INPUT_EX) as [number, number, ...number[]];
  const graphicsInfo = block.take(36);
  const graphicsMode = putGraphicsMode(block, graphicsInfo, start);
  const handle = (): number => block.take(16);
  const addresses = {
    ...{
      start,
      frameBuffer: start,
      stack,
      runtime,
      end: options.ramEnd,
      stubs,
      textMode,
      keyEvent,
    },
    ...{ graphicsInfo, graphicsMode, stackPointer: runtime - 8 },
    textOutput: table(...pointers(TEXT_OUTPUT), textMode),
    textInput: table(...pointers(TEXT_INPUT), keyEvent),
    textInputEx: table(reset, readKey, keyEvent, ...restEx),
    fileSystem: table(0x1_0000, ...pointers(FILE_SYSTEM)),
    volumePath: block.put(volumePath()),
    graphics: table(...pointers(GRAPHICS_OUTPUT), graphicsMode),
    random: table(...pointers(RANDOM)),
    configurationTable: block.take(24 * CONFIGURATION_TABLES),
    imagePath: block.put(fullPath(options.imageName)),
    handles: { image: handle(), console: handle(), volume: handle(), graphics: handle() },
  };
  const systemTable = putSystemTable(block, addresses, pointers);
  const loadedImage = putLoadedImage(block, { ...addresses, systemTable }, options);
  return {
    layout: { ...addresses, systemTable, loadedImage },
    block,
    returnAddress: stubAddress(stubs, IMAGE_RETURN[0]!),
  };
}

/** The pages of code come first: they are the only ones that the guest executes. */
function putStubs(block: Block): number {
  const common = block.put(commonCode());
  const stubs = block.take(STUB_BYTES * SERVICES.length);
  for (const service of SERVICES) {
    const address = stubAddress(stubs, service);
    const isReturn = service === IMAGE_RETURN[0];
    block.set(address, stub(address, serviceNumber(service), common, isReturn));
  }
  return stubs;
}

function putGraphicsMode(block: Block, info: number, frameBuffer: number): number {
  const { width, height } = SCREEN;
  block.u32(info + 4, width);
  block.u32(info + 8, height);
  // PixelBlueGreenRedReserved8BitPerColor.
  block.u32(info + 12, 1);
  block.u32(info + 32, width);
  const mode = block.take(40);
  block.u32(mode, 1);
  block.u64(mode + 8, info);
  block.u64(mode + 16, 36);
  block.u64(mode + 24, frameBuffer);
  block.u64(mode + 32, FRAME_BUFFER_BYTES);
  return mode;
}

function putHeader(block: Block, address: number, signature: bigint, sizeBytes: number): void {
  block.u64(address, signature);
  block.u32(address + 8, UEFI_REVISION);
  block.u32(address + 12, sizeBytes);
}

function seal(block: Block, address: number, sizeBytes: number): void {
  const at = address - block.start;
  block.u32(address + SYSTEM_TABLE.crc32, crc32(block.bytes.subarray(at, at + sizeBytes)));
}

function putServices(block: Block, signature: bigint, services: readonly number[]): number {
  const sizeBytes = HEADER_BYTES + 8 * services.length;
  const address = block.take(sizeBytes);
  putHeader(block, address, signature, sizeBytes);
  for (const [index, service] of services.entries())
    block.u64(address + HEADER_BYTES + 8 * index, service);
  seal(block, address, sizeBytes);
  return address;
}

function putSystemTable(
  block: Block,
  parts: Pick<FirmwareLayout, 'handles' | 'textInput' | 'textOutput' | 'configurationTable'>,
  pointers: (services: readonly Signature[]) => number[],
): number {
  const boot = putServices(block, BOOT_SIGNATURE, pointers(BOOT_SERVICES));
  const runtime = putServices(block, RUNTIME_SIGNATURE, pointers(RUNTIME_SERVICES));
  const vendor = block.put(char16('kvmtrace'));
  const address = block.take(SYSTEM_TABLE_BYTES);
  putHeader(block, address, SYSTEM_SIGNATURE, SYSTEM_TABLE_BYTES);
  block.u64(address + 24, vendor);
  block.u32(address + 32, FIRMWARE_REVISION);
  const { console } = parts.handles;
  const words = [console, parts.textInput, console, parts.textOutput, console, parts.textOutput];
  for (const [index, word] of [...words, runtime, boot].entries())
    block.u64(address + 40 + 8 * index, word);
  block.u64(address + SYSTEM_TABLE.entries, parts.configurationTable);
  seal(block, address, SYSTEM_TABLE_BYTES);
  return address;
}

function putLoadedImage(
  block: Block,
  parts: Pick<FirmwareLayout, 'handles' | 'systemTable' | 'stubs'>,
  options: FirmwareOptions,
): number {
  const fields = LOADED_IMAGE_FIELDS;
  const address = block.take(fields.sizeBytes);
  block.u32(address, LOADED_IMAGE_REVISION);
  block.u64(address + fields.systemTable, parts.systemTable);
  block.u64(address + fields.device, parts.handles.volume);
  block.u64(address + fields.filePath, block.put(filePath(options.imageName)));
  if (options.loadOptions !== '') {
    const text = char16(options.loadOptions);
    block.u32(address + fields.optionsSize, text.length);
    block.u64(address + fields.options, block.put(text));
  }
  block.u64(address + fields.base, options.imageBase);
  block.u64(address + fields.imageSize, options.imageSize);
  block.u32(address + fields.codeType, options.codeType);
  block.u32(address + fields.dataType, options.dataType);
  block.u64(address + fields.unload, stubAddress(parts.stubs, LOADED_IMAGE[0]!));
  return address;
}

/** The functions of EFI_FILE_PROTOCOL, for each file that the guest opens. */
export function fileProtocol(stubs: number): Uint8Array {
  const words = [FILE_REVISION, ...FILE.map((service) => stubAddress(stubs, service))];
  return new Uint8Array(BigUint64Array.from(words, BigInt).buffer);
}
