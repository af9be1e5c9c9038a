/** The setup header of a Linux kernel image (Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"). */
import { inputError } from '../../../base/errors.js';
import { hasAt } from '../bytes.js';

const HEADER_AT = 0x1f1;
const OLDEST_PROTOCOL = 0x020a;
const SECTOR_BYTES = 512;
const DEFAULT_SETUP_SECTORS = 4;
/** Bits of `loadflags` and of `xloadflags`. */
const Flag = { loadedHigh: 1, kernel64: 1 } as const;

/** What the setup header says. */
export interface LinuxHeader {
  /** The bytes from 0x1f1 on, which the zero page takes over. */
  readonly bytes: Uint8Array;
  /** Where in the file the kernel itself begins. */
  readonly kernelAt: number;
  readonly has64BitEntry: boolean;
  readonly isRelocatable: boolean;
  readonly alignment: number;
  readonly preferredAddress: number;
  /** Memory that it needs from its load address on before it knows the memory map. */
  readonly initSize: number;
  readonly initrdAddressMax: number;
  readonly commandLineMax: number;
}

/** Whether the file has the header's magic. */
export function isLinux(bytes: Uint8Array): boolean {
  return hasAt(bytes, 0x202, 'HdrS') && hasAt(bytes, 0x1fe, [0x55, 0xaa]);
}

/** @throws KvmtraceError (2) for kernels older than 2.6.31 and for such as load below 1 MiB */
export function readLinuxHeader(title: string, bytes: Uint8Array): LinuxHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 0x400)
    throw inputError(`${title} is cut off inside of its setup header: copy it again.`);
  const protocol = view.getUint16(0x206, true);
  if (protocol < OLDEST_PROTOCOL) {
    throw inputError(
      `${title} is a Linux kernel of boot protocol ${protocol >> 8}.${protocol & 0xff}: kvmtrace boots 2.10 (Linux 2.6.31) and later.`,
    );
  }
  if ((view.getUint8(0x211) & Flag.loadedHigh) === 0) {
    throw inputError(`${title} is a zImage, which loads below 1 MiB: build a bzImage.`);
  }
  const sectors = view.getUint8(HEADER_AT) || DEFAULT_SETUP_SECTORS;
  const kernelAt = (sectors + 1) * SECTOR_BYTES;
  if (kernelAt >= bytes.length)
    throw inputError(`${title} ends before its kernel begins: copy it again.`);
  return {
    bytes: bytes.subarray(HEADER_AT, 0x202 + view.getUint8(0x201)),
    kernelAt,
    has64BitEntry: protocol >= 0x020c && (view.getUint16(0x236, true) & Flag.kernel64) !== 0,
    isRelocatable: view.getUint8(0x234) !== 0,
    alignment: view.getUint32(0x230, true),
    preferredAddress: Number(view.getBigUint64(0x258, true)),
    initSize: view.getUint32(0x260, true),
    initrdAddressMax: view.getUint32(0x22c, true),
    commandLineMax: view.getUint32(0x238, true),
  };
}
