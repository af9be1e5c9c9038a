/** Simple file system and file protocols (UEFI 2.10, 13.4 and 13.5). */
import type { Call } from '../../../uefi/call.js';
import { handlers, type Efi } from '../efi.js';
import { GUID } from '../../../uefi/guids.js';
import { fileProtocol } from '../layout.js';
import { MemoryType } from '../memory-map.js';
import type { OpenFile } from '../open-files.js';
import { FILE, FILE_SYSTEM } from '../../../uefi/services.js';
import { efiError, fail, EFI_SUCCESS } from '../../../uefi/status.js';
import { char16 } from '../../../uefi/text16.js';
import { FileAttribute, normalize, type VolumeEntry } from '../volume.js';

/** Bits of OpenMode. */
const READ = 1n;
const WRITE = 2n;
const CREATE = 1n << 63n;
/** EFI_FILE_INFO without its name. */
const FILE_INFO_BYTES = 80;
const FILE_SYSTEM_INFO_BYTES = 36;
const BLOCK_BYTES = 512;
const LABEL = 'KVMTRACE';
const VOLUME_BYTES = 1024n ** 3n;
/** Position that stands for the end of the file. */
const TO_END = 0xffff_ffff_ffff_ffffn;
const WARN_DELETE_FAILURE = 2n;
/** Year, month, day of all files: the host's would make recordings differ. */
const FILE_TIME = [2000, 1, 1] as const;

function open(efi: Efi, call: Call, result: number, file: OpenFile): bigint {
  const bytes = fileProtocol(efi.layout.stubs);
  const address = efi.pool.allocate(MemoryType.bootServicesData, bytes.length);
  efi.files.add(address, file);
  call.reply.write(address, bytes);
  call.reply.u64(result, address);
  return EFI_SUCCESS;
}

const fileOf = (efi: Efi, call: Call): OpenFile => efi.files.at(call.address(0));

function openFile(efi: Efi, call: Call): bigint {
  const { volume } = efi.files;
  const from = fileOf(efi, call);
  const directory = from.isDirectory
    ? from.path
    : from.path.slice(0, Math.max(0, from.path.lastIndexOf('\\')));
  const path = normalize(directory, call.string(2));
  const mode = call.raw(3);
  if ((mode & READ) === 0n) fail('EFI_INVALID_PARAMETER');
  const found = volume.find(path);
  const isWritable = (mode & WRITE) !== 0n;
  if (found !== undefined) {
    return open(efi, call, call.address(1), {
      path,
      isDirectory: found.isDirectory,
      isWritable,
      position: 0,
    });
  }
  if ((mode & CREATE) === 0n || !isWritable) fail('EFI_NOT_FOUND');
  const isDirectory = (call.number(4) & FileAttribute.directory) !== 0;
  if (isDirectory) volume.makeDirectory(path);
  else volume.write(path, new Uint8Array());
  return open(efi, call, call.address(1), { path, isDirectory, isWritable, position: 0 });
}

function fileInfo({ name, isDirectory, sizeBytes }: VolumeEntry): Uint8Array {
  const text = char16(name);
  const bytes = Buffer.alloc(FILE_INFO_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setBigUint64(0, BigInt(FILE_INFO_BYTES + text.length), true);
  view.setBigUint64(8, BigInt(sizeBytes), true);
  view.setBigUint64(16, BigInt(Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES), true);
  for (const at of [24, 40, 56]) {
    view.setUint16(at, FILE_TIME[0], true);
    view.setUint8(at + 2, FILE_TIME[1]);
    view.setUint8(at + 3, FILE_TIME[2]);
  }
  view.setBigUint64(
    72,
    BigInt(isDirectory ? FileAttribute.directory : FileAttribute.archive),
    true,
  );
  return Buffer.concat([bytes, text]);
}

function fileSystemInfo(): Uint8Array {
  const text = char16(LABEL);
  const bytes = Buffer.alloc(FILE_SYSTEM_INFO_BYTES);
  bytes.writeBigUInt64LE(BigInt(FILE_SYSTEM_INFO_BYTES + text.length), 0);
  bytes.writeBigUInt64LE(VOLUME_BYTES, 16);
  bytes.writeBigUInt64LE(VOLUME_BYTES, 24);
  bytes.writeUInt32LE(BLOCK_BYTES, 32);
  return Buffer.concat([bytes, text]);
}

/** Answers with `bytes` where the guest's buffer takes them, else with the size that it needs. */
function give(call: Call, sizeAt: number, bufferAt: number, bytes: Uint8Array): bigint | undefined {
  const room = call.numberAt(sizeAt);
  call.reply.u64(sizeAt, bytes.length);
  if (room < bytes.length) return efiError('EFI_BUFFER_TOO_SMALL');
  if (bytes.length > 0)
    call.reply.write(bufferAt === 0 ? fail('EFI_INVALID_PARAMETER') : bufferAt, bytes);
  return undefined;
}

function read(efi: Efi, call: Call): bigint | undefined {
  const file = fileOf(efi, call);
  const [sizeAt, bufferAt] = [call.address(1), call.optional(2)];
  if (file.isDirectory) {
    const entry = efi.files.volume.list(file.path)[file.position];
    const status = give(
      call,
      sizeAt,
      bufferAt,
      entry === undefined ? new Uint8Array() : fileInfo(entry),
    );
    if (status === undefined && entry !== undefined) file.position++;
    return status;
  }
  const contents = efi.files.volume.read(file.path);
  if (file.position > contents.length) return efiError('EFI_DEVICE_ERROR');
  const part = contents.subarray(file.position, file.position + call.numberAt(sizeAt));
  file.position += part.length;
  return give(call, sizeAt, bufferAt, part);
}

function write(efi: Efi, call: Call): bigint | undefined {
  const file = fileOf(efi, call);
  if (file.isDirectory) return efiError('EFI_UNSUPPORTED');
  if (!file.isWritable) return efiError('EFI_ACCESS_DENIED');
  const data = call.read(call.address(2), call.numberAt(call.address(1)));
  const before = efi.files.volume.read(file.path);
  const contents = new Uint8Array(Math.max(before.length, file.position + data.length));
  contents.set(before);
  contents.set(data, file.position);
  efi.files.volume.write(file.path, contents);
  file.position += data.length;
  return undefined;
}

function close(efi: Efi, call: Call): bigint {
  fileOf(efi, call);
  efi.files.remove(call.address(0));
  efi.pool.free(call.address(0));
  return EFI_SUCCESS;
}

/** The handlers of the file protocols. */
export const fileServices = [
  ...handlers(FILE_SYSTEM, {
    OpenVolume: (efi, call) =>
      open(efi, call, call.address(1), {
        path: '',
        isDirectory: true,
        isWritable: true,
        position: 0,
      }),
  }),

  ...handlers(FILE, {
    Open: openFile,
    Close: close,
    Read: read,
    Write: write,
    Flush: () => undefined,

    Delete(efi, call) {
      const file = fileOf(efi, call);
      const isGone = file.isWritable && file.path !== '' && !file.isDirectory;
      if (isGone) efi.files.volume.remove(file.path);
      close(efi, call);
      return isGone ? undefined : WARN_DELETE_FAILURE;
    },

    GetPosition(efi, call) {
      const file = fileOf(efi, call);
      if (file.isDirectory) return efiError('EFI_UNSUPPORTED');
      call.reply.u64(call.address(1), file.position);
      return undefined;
    },

    SetPosition(efi, call) {
      const file = fileOf(efi, call);
      const position = call.raw(1);
      if (file.isDirectory && position !== 0n) return efiError('EFI_UNSUPPORTED');
      file.position =
        position === TO_END ? efi.files.volume.read(file.path).length : call.number(1);
      return undefined;
    },

    GetInfo(efi, call) {
      const file = fileOf(efi, call);
      const [sizeAt, bufferAt] = [call.address(2), call.optional(3)];
      switch (call.guid(1)) {
        case GUID.EFI_FILE_INFO_ID:
          return give(
            call,
            sizeAt,
            bufferAt,
            fileInfo(efi.files.volume.find(file.path) ?? fail('EFI_NOT_FOUND')),
          );
        case GUID.EFI_FILE_SYSTEM_INFO_ID:
          return give(call, sizeAt, bufferAt, fileSystemInfo());
        case GUID.EFI_FILE_SYSTEM_VOLUME_LABEL_ID:
          return give(call, sizeAt, bufferAt, char16(LABEL));
        default:
          return efiError('EFI_UNSUPPORTED');
      }
    },

    /** Sizes can be changed; names, times and attributes are the host's. */
    SetInfo(efi, call) {
      const file = fileOf(efi, call);
      if (call.guid(1) !== GUID.EFI_FILE_INFO_ID || file.isDirectory)
        return efiError('EFI_WRITE_PROTECTED');
      if (!file.isWritable) return efiError('EFI_ACCESS_DENIED');
      const size = call.numberAt(call.address(3) + 8);
      const contents = new Uint8Array(size);
      contents.set(efi.files.volume.read(file.path).subarray(0, size));
      efi.files.volume.write(file.path, contents);
      return undefined;
    },
  }),
];
