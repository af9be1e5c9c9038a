/** Kernels that a multiboot loader starts: 32-bit flat, paging off, what they need to know at EBX. */
import { inputError } from '../../../base/errors.js';
import { option } from '../../../base/option-names.js';
import { sha256 } from '../../../base/sha256.js';
import { biosDataAreaBeside } from '../../boot/bios-data-area.js';
import { Handover, readModule } from '../../boot/handover.js';
import { DEFAULT_MEMORY_SIZE, memoryLayout, type MemoryLayout } from '../../memory-map.js';
import { loadElf } from '../elf/elf.js';
import { isElf } from '../elf/header.js';
import type { GuestFile, GuestFormat, LoadOptions } from '../format.js';
import type { GuestImage } from '../image.js';
import { checkInRam } from '../placement.js';
import { findMultiboot, type MultibootAddresses, type MultibootHeader } from './header.js';
import { MULTIBOOT_EAX, putInfo1, putInfo2 } from './info.js';

/** Kernels with a multiboot header as a kind of guest file. */
export const multibootFormat: GuestFormat = {
  name: 'multiboot',
  matches: (bytes) => findMultiboot(bytes) !== undefined,
  load(file, options) {
    const header = findMultiboot(file.bytes);
    if (header === undefined) {
      throw inputError(
        `${file.title} has no multiboot header in its first 32 KiB: give ${option('format')} elf or flat.`,
      );
    }
    const layout = memoryLayout(options.memory ?? DEFAULT_MEMORY_SIZE, 'protected');
    checkOptions(file.title, options);
    const kernel = placeKernel(file, header, options, layout);
    const memory = new Handover(file.title, kernel.segments, layout);
    const information = {
      layout,
      commandLine: options.append ?? '',
      modules: (options.modules ?? []).map((text) => readModule(text, option('module'))),
    };
    const info =
      header.version === 1 ? putInfo1(memory, information) : putInfo2(memory, information);
    const image: GuestImage = {
      ...kernel,
      format: 'multiboot',
      mode: 'protected',
      load: kernel.segments[0]!.gpa,
      segments: [
        ...biosDataAreaBeside(kernel.segments, layout.memorySize),
        ...kernel.segments,
        ...memory.segments,
      ].sort((a, b) => a.gpa - b.gpa),
      registers: { rax: MULTIBOOT_EAX[header.version], rbx: BigInt(info) },
    };
    return { image, layout };
  },
};

function checkOptions(title: string, { mode, load }: LoadOptions): void {
  if (mode !== undefined && mode !== 'protected') {
    throw inputError(
      `${title} is a multiboot kernel, which starts in protected mode: leave ${option('mode')} out.`,
    );
  }
  if (load !== undefined) {
    throw inputError(
      `${title} is a multiboot kernel, which says itself where it goes: leave ${option('load')} out.`,
    );
  }
}

function placeKernel(
  { title, bytes }: GuestFile,
  header: MultibootHeader,
  options: LoadOptions,
  layout: MemoryLayout,
): GuestImage {
  // The addresses in the header count before those of an ELF (3.1.3 of both versions).
  if (header.addresses !== undefined) {
    return placeByHeader(title, bytes, header, header.addresses, layout);
  }
  if (isElf(bytes)) {
    const entry = options.entry ?? (header.entry === undefined ? undefined : BigInt(header.entry));
    return loadElf(title, bytes, { layout, entry });
  }
  throw inputError(
    `${title} is no ELF, and its multiboot header says no addresses: link it as an ELF, or set bit 16 of the flags; ${option('format', 'flat')} runs its bytes as code.`,
  );
}

function placeByHeader(
  title: string,
  bytes: Uint8Array,
  { offset }: MultibootHeader,
  addresses: MultibootAddresses,
  layout: MemoryLayout,
): GuestImage {
  const { header, load, loadEnd, bssEnd, entry } = addresses;
  const start = offset - (header - load);
  const length = loadEnd === 0 ? bytes.length - start : loadEnd - load;
  if (start < 0 || length <= 0 || start + length > bytes.length) {
    throw inputError(
      `${title}: its multiboot header places ${length} bytes from ${start} of the file on, which has ${bytes.length}: build it again.`,
    );
  }
  const memorySize = Math.max(length, bssEnd - load);
  const placement = { what: 'the image', gpa: BigInt(load), size: BigInt(memorySize) };
  checkInRam(title, placement, layout, 'link it for another address');
  return {
    format: 'multiboot',
    mode: 'protected',
    segments: [{ gpa: load, data: bytes.subarray(start, start + length), memorySize }],
    entry: BigInt(entry),
    symbols: [],
    sha256: sha256(bytes),
  };
}
