/** Image services (UEFI 2.10, 7.4): programs that load and start others, and their end. */
import { inputError, KvmtraceError } from '../../../base/errors.js';
import { isPe, readPeHeader, type PeHeader } from '../../formats/pe-header.js';
import { layOut } from '../../formats/pe-image.js';
import type { Call } from '../../../uefi/call.js';
import { fileNameOf, filePath, fullPath, pathLength } from '../device-path.js';
import { handlers, type Efi } from '../efi.js';
import { EXIT_BOOT_SERVICES_GROUP } from '../events.js';
import { GUID } from '../../../uefi/guids.js';
import { imageTypes } from '../image-types.js';
import { LOADED_IMAGE_FIELDS, LOADED_IMAGE_REVISION, stubAddress } from '../layout.js';
import { AllocateType, EFI_PAGE_BYTES, MemoryType } from '../memory-map.js';
import { BOOT_SERVICES, IMAGE_RETURN, LOADED_IMAGE } from '../../../uefi/services.js';
import { efiError, fail, statusName } from '../../../uefi/status.js';
import { normalize } from '../volume.js';

const HANDLE_BYTES = 16;
const MAX_PATH_BYTES = 2048;

/** The image's bytes: those at SourceBuffer, or of the file that the device path names. */
function source(efi: Efi, call: Call): { bytes: Uint8Array; name: string | undefined } {
  const pathAt = call.optional(2);
  const path = pathAt === 0 ? undefined : call.read(pathAt, MAX_PATH_BYTES);
  const name = path === undefined ? undefined : fileNameOf(path.subarray(0, pathLength(path)));
  if (call.optional(3) !== 0) return { bytes: call.read(call.address(3), call.number(4)), name };
  if (name === undefined) return fail('EFI_NOT_FOUND');
  return { bytes: efi.files.volume.read(normalize('', name)), name };
}

function parse(bytes: Uint8Array): PeHeader {
  try {
    if (!isPe(bytes)) throw inputError('no PE image');
    return readPeHeader('The image', bytes);
  } catch (error) {
    if (error instanceof KvmtraceError) return fail('EFI_UNSUPPORTED');
    throw error;
  }
}

function putLoadedImage(
  efi: Efi,
  call: Call,
  image: { base: number; header: PeHeader; name: string | undefined; parent: number },
): number {
  const fields = LOADED_IMAGE_FIELDS;
  const bytes = Buffer.alloc(fields.sizeBytes);
  const types = imageTypes(image.header.subsystem);
  const path = image.name === undefined ? undefined : filePath(image.name);
  const pathAt =
    path === undefined ? 0 : efi.pool.allocate(MemoryType.bootServicesData, path.length);
  if (path !== undefined) call.reply.write(pathAt, path);
  bytes.writeUInt32LE(LOADED_IMAGE_REVISION, 0);
  const words: [number, number][] = [
    [fields.parent, image.parent],
    [fields.systemTable, efi.layout.systemTable],
    [fields.device, image.name === undefined ? 0 : efi.layout.handles.volume],
    [fields.filePath, pathAt],
    [fields.base, image.base],
    [fields.imageSize, image.header.imageSize],
    [fields.unload, stubAddress(efi.layout.stubs, LOADED_IMAGE[0]!)],
  ];
  for (const [at, value] of words) bytes.writeBigUInt64LE(BigInt(value), at);
  bytes.writeUInt32LE(types.code, fields.codeType);
  bytes.writeUInt32LE(types.data, fields.dataType);
  const address = efi.pool.allocate(MemoryType.bootServicesData, bytes.length);
  call.reply.write(address, bytes);
  return address;
}

function load(efi: Efi, call: Call): undefined {
  const result = call.address(5);
  const parent = call.address(1);
  if (efi.images.get(parent) === undefined) fail('EFI_INVALID_PARAMETER');
  const { bytes, name } = source(efi, call);
  const header = parse(bytes);
  const pages = Math.ceil(header.imageSize / EFI_PAGE_BYTES);
  const base = efi.map.allocate(AllocateType.anyPages, imageTypes(header.subsystem).code, pages);
  call.reply.write(base, layOut('The image', bytes, header, base));
  const protocol = putLoadedImage(efi, call, { base, header, name, parent });
  const handle = efi.pool.allocate(MemoryType.bootServicesData, HANDLE_BYTES);
  efi.handles.install(handle, GUID.EFI_LOADED_IMAGE_PROTOCOL, protocol);
  if (name !== undefined) {
    const path = fullPath(name);
    const at = efi.pool.allocate(MemoryType.bootServicesData, path.length);
    call.reply.write(at, path);
    efi.handles.install(handle, GUID.EFI_LOADED_IMAGE_DEVICE_PATH_PROTOCOL, at);
  }
  efi.images.add({ handle, base, pages, entry: base + header.entryRva, isStarted: false });
  call.reply.u64(result, handle);
  return undefined;
}

function unload(efi: Efi, handle: number): void {
  const image = efi.images.get(handle) ?? fail('EFI_INVALID_PARAMETER');
  if (handle === efi.layout.handles.image) fail('EFI_UNSUPPORTED');
  for (const guid of efi.handles.protocols(handle)) {
    efi.handles.uninstall(handle, guid, efi.handles.interface(handle, guid));
  }
  efi.images.remove(handle);
  efi.map.free(image.base, image.pages);
}

/** The handlers of the image services. */
export const imageServices = [
  ...handlers(BOOT_SERVICES, {
    LoadImage: load,

    UnloadImage(efi, call) {
      unload(efi, call.address(0));
      return undefined;
    },

    StartImage(efi, call) {
      const start = efi.images.get(call.address(0)) ?? fail('EFI_INVALID_PARAMETER');
      if (start.isStarted) fail('EFI_INVALID_PARAMETER');
      return { start, exitDataSize: call.optional(1), exitData: call.optional(2) };
    },

    Exit(efi, call) {
      const exit = efi.images.get(call.address(0)) ?? fail('EFI_INVALID_PARAMETER');
      const status = call.raw(1);
      if (exit.handle === efi.layout.handles.image) {
        efi.end(status, `the program called Exit with ${statusName(status)}`);
        return undefined;
      }
      if (exit.isStarted)
        return { exit, status, exitDataSize: call.number(2), exitData: call.optional(3) };
      unload(efi, exit.handle);
      return undefined;
    },

    ExitBootServices(efi, call) {
      if (efi.images.get(call.address(0)) === undefined) fail('EFI_INVALID_PARAMETER');
      if (call.number(1) !== efi.map.key) fail('EFI_INVALID_PARAMETER');
      efi.events.signalGroup(EXIT_BOOT_SERVICES_GROUP);
      efi.hasExitedBootServices = true;
      return undefined;
    },
  }),

  ...handlers(IMAGE_RETURN, {
    Return(efi, call) {
      const status = call.raw(0);
      efi.end(status, `the program returned ${statusName(status)}`);
      return undefined;
    },
  }),

  // EFI_LOADED_IMAGE_PROTOCOL.Unload of what has no function of its own.
  ...handlers(LOADED_IMAGE, { Unload: () => efiError('EFI_UNSUPPORTED') }),
];
