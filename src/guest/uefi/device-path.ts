/** Device paths (UEFI 2.10, chapter 10): what says where a program and its volume are. */
import { guidBytes } from '../../uefi/guids.js';
import { char16 } from '../../uefi/text16.js';

/** Types and subtypes of nodes. */
const HARDWARE = 1;
const VENDOR = 4;
const MEDIA = 4;
const FILE_PATH = 4;
const END = Uint8Array.of(0x7f, 0xff, 4, 0);

/** A GUID of kvmtrace's own for its volume: a device of no other firmware's. */
const VOLUME_GUID = 'a2b4f7c1-6f0e-4c0e-9d55-6b766d747263';

function node(type: number, subtype: number, data: Uint8Array): Uint8Array {
  const length = data.length + 4;
  return Buffer.concat([Uint8Array.of(type, subtype, length & 0xff, length >> 8), data]);
}

const volumeNode = (): Uint8Array => node(HARDWARE, VENDOR, guidBytes(VOLUME_GUID));

/** Of the volume that the program was loaded from. */
export function volumePath(): Uint8Array {
  return Buffer.concat([volumeNode(), END]);
}

/** Of a file on a volume whose path is not repeated, as EFI_LOADED_IMAGE_PROTOCOL.FilePath is. */
export function filePath(name: string): Uint8Array {
  return Buffer.concat([node(MEDIA, FILE_PATH, char16(name)), END]);
}

/** Of a file, from the volume on. */
export function fullPath(name: string): Uint8Array {
  return Buffer.concat([volumeNode(), node(MEDIA, FILE_PATH, char16(name)), END]);
}

/** Bytes of the path in memory that starts at `bytes`, its end included; undefined where it has none. */
export function pathLength(bytes: Uint8Array): number | undefined {
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes[at + 2]! | (bytes[at + 3]! << 8);
    if (length < 4) return undefined;
    if (bytes[at] === 0x7f && bytes[at + 1] === 0xff) return at + 4;
    at += length;
  }
  return undefined;
}

/** The name in the first file path node; undefined where there is none. */
export function fileNameOf(bytes: Uint8Array): string | undefined {
  let name: string | undefined;
  for (let at = 0; at + 4 <= bytes.length;) {
    const length = bytes[at + 2]! | (bytes[at + 3]! << 8);
    if (length < 4 || bytes[at] === 0x7f) break;
    if (bytes[at] === MEDIA && bytes[at + 1] === FILE_PATH) {
      const part = Buffer.from(bytes.subarray(at + 4, at + length)).toString('utf16le');
      name = `${name === undefined ? '' : `${name}\\`}${part.replace(/\0.*$/s, '')}`;
    }
    at += length;
  }
  return name;
}

/** Whether `bytes` begin with the node of the volume. */
export function startsAtVolume(bytes: Uint8Array): boolean {
  const expected = volumeNode();
  return Buffer.from(bytes.subarray(0, expected.length)).equals(expected);
}

/** Bytes of the volume's node. */
export const VOLUME_NODE_BYTES = volumeNode().length;
