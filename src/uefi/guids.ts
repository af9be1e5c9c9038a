/** GUIDs: their 16 bytes in memory, their text, and the names that UEFI 2.10 gives them. */
import { hexBytes } from '../base/number-text.js';

/** Bytes of a GUID in memory. */
export const GUID_BYTES = 16;

/** GUIDs by the names that UEFI 2.10 gives them. */
export const GUID = {
  EFI_LOADED_IMAGE_PROTOCOL: '5b1b31a1-9562-11d2-8e3f-00a0c969723b',
  EFI_LOADED_IMAGE_DEVICE_PATH_PROTOCOL: 'bc62157e-3e33-4fec-9920-2d3b36d750df',
  EFI_DEVICE_PATH_PROTOCOL: '09576e91-6d3f-11d2-8e39-00a0c969723b',
  EFI_SIMPLE_FILE_SYSTEM_PROTOCOL: '964e5b22-6459-11d2-8e39-00a0c969723b',
  EFI_SIMPLE_TEXT_INPUT_PROTOCOL: '387477c1-69c7-11d2-8e39-00a0c969723b',
  EFI_SIMPLE_TEXT_INPUT_EX_PROTOCOL: 'dd9e7534-7762-4698-8c14-f58517a625aa',
  EFI_SIMPLE_TEXT_OUTPUT_PROTOCOL: '387477c2-69c7-11d2-8e39-00a0c969723b',
  EFI_GRAPHICS_OUTPUT_PROTOCOL: '9042a9de-23dc-4a38-96fb-7aded080516a',
  EFI_RNG_PROTOCOL: '3152bca5-eade-433d-862e-c01cdc291f44',
  EFI_RNG_ALGORITHM_RAW: 'e43176d7-b6e8-4827-b784-7ffdc4b68561',
  EFI_FILE_INFO_ID: '09576e92-6d3f-11d2-8e39-00a0c969723b',
  EFI_FILE_SYSTEM_INFO_ID: '09576e93-6d3f-11d2-8e39-00a0c969723b',
  EFI_FILE_SYSTEM_VOLUME_LABEL_ID: 'db47d7d3-fe81-11d3-9a35-0090273fc14d',
  EFI_GLOBAL_VARIABLE: '8be4df61-93ca-11d2-aa0d-00e098032b8c',
  EFI_IMAGE_SECURITY_DATABASE: 'd719b2cb-3d3a-4596-a3bc-dad00e67656f',
  EFI_BLOCK_IO_PROTOCOL: '964e5b21-6459-11d2-8e39-00a0c969723b',
  EFI_DISK_IO_PROTOCOL: 'ce345171-ba0b-11d2-8e4f-00a0c969723b',
  EFI_LOAD_FILE_PROTOCOL: '56ec3091-954c-11d2-8e3f-00a0c969723b',
  EFI_LOAD_FILE2_PROTOCOL: '4006c0c1-fcb3-403e-996d-4a6c8724e06d',
  EFI_DEVICE_PATH_TO_TEXT_PROTOCOL: '8b843e20-8132-4852-90cc-551a4e4a7f1c',
  EFI_DEVICE_PATH_FROM_TEXT_PROTOCOL: '05c99a21-c70f-4ad2-8a5f-35df3343f51e',
  EFI_UNICODE_COLLATION_PROTOCOL: '1d85cd7f-f43d-11d2-9a0c-0090273fc14d',
  EFI_UNICODE_COLLATION2_PROTOCOL: 'a4c751fc-23ae-4c3e-92e9-4964cf63f349',
  EFI_HII_DATABASE_PROTOCOL: 'ef9fc172-a1b2-4693-b327-6d32fc416042',
  EFI_TCG2_PROTOCOL: '607f766c-7455-42be-930b-e4d76db2720f',
  EFI_CC_MEASUREMENT_PROTOCOL: '96751a3d-72f4-41a6-a794-ed5d0e67ae6b',
  EFI_SHELL_PROTOCOL: '6302d008-7f9b-4f30-87ac-60c9fef5da4e',
  EFI_SHELL_PARAMETERS_PROTOCOL: '752f3136-4e16-4fdc-a22a-e5f46812f4ca',
  EFI_SHELL_INTERFACE: '47c7b223-c42a-11d2-8e57-00a0c969723b',
  EFI_SECURITY_ARCH_PROTOCOL: 'a46423e3-4617-49f1-b9ff-d1bfa9115839',
  EFI_SECURITY2_ARCH_PROTOCOL: '94ab2f58-1438-4ef1-9152-18941a3a0e68',
  EFI_SERIAL_IO_PROTOCOL: 'bb25cf6f-f1d4-11d2-9a0c-0090273fc1fd',
  EFI_PCI_IO_PROTOCOL: '4cf5b200-68b8-4ca5-9eec-b23e3f50029a',
  EFI_ACPI_20_TABLE: '8868e871-e4f1-11d3-bc22-0080c73c8881',
  ACPI_10_TABLE: 'eb9d2d30-2d88-11d3-9a16-0090273fc14d',
  SMBIOS_TABLE: 'eb9d2d31-2d88-11d3-9a16-0090273fc14d',
  SMBIOS3_TABLE: 'f2fd1544-9794-4a2c-992e-e5bbcf20e394',
  EFI_MEMORY_ATTRIBUTE_PROTOCOL: 'f4560cf6-40ec-4b4a-a192-bf1d57d0b189',
  SHIM_LOCK_PROTOCOL: '605dab50-e046-4300-abb6-3dd810dd8b23',
  LOADER_VARIABLE: '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f',
} as const;

const NAMES = new Map<string, string>(Object.entries(GUID).map(([name, text]) => [text, name]));

/** The text of a GUID in memory: its first three fields are little-endian (UEFI 2.10, appendix A). */
export function guidText(bytes: Uint8Array): string {
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  const digits = hexBytes(Uint8Array.from(order, (at) => bytes[at]!));
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The bytes of a GUID whose text is given. */
export function guidBytes(text: string): Uint8Array {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** Its name where the specification, or a program that everyone uses, has one; else its text. */
export function guidName(text: string): string {
  return NAMES.get(text) ?? text;
}
