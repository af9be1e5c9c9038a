/** Protocol handler services (UEFI 2.10, 7.3). */
import { PAGE_BYTES } from '../../../base/page.js';
import { crc32 } from 'node:zlib';
import type { Call } from '../../../uefi/call.js';
import { pathLength, startsAtVolume, VOLUME_NODE_BYTES } from '../device-path.js';
import { handlers, type Efi } from '../efi.js';
import { guidBytes } from '../../../uefi/guids.js';
import { CONFIGURATION_TABLES, SYSTEM_TABLE } from '../layout.js';
import { MemoryType } from '../memory-map.js';
import { BOOT_SERVICES } from '../../../uefi/services.js';
import { efiError, fail } from '../../../uefi/status.js';

const HANDLE_BYTES = 16;
const SearchType = { all: 0, byNotify: 1, byProtocol: 2 } as const;
/** EFI_OPEN_PROTOCOL_TEST_PROTOCOL: only whether it is there. */
const TEST_PROTOCOL = 4;
/** EFI_OPEN_PROTOCOL_INFORMATION_ENTRY: two handles, attributes, count. */
const OPENING_BYTES = 24;
const MAX_PATH_BYTES = 2048;

function install(efi: Efi, handle: number, guid: string, address: number): void {
  efi.handles.install(handle, guid, address);
  for (const event of efi.registrations.installed(guid, handle)) efi.events.signal(event);
}

/** The guest has been told of a handle that a registration waited with. */
function told(efi: Efi, call: Call): void {
  if (call.number(0) === SearchType.byNotify)
    efi.registrations.find(call.address(2))?.waiting.shift();
}

function newHandle(efi: Efi): number {
  return efi.pool.allocate(MemoryType.bootServicesData, HANDLE_BYTES);
}

/** The handle at `at`, a new one where there is none; told to the guest. */
function handleAt(efi: Efi, call: Call, at: number): number {
  const given = call.numberAt(at);
  if (given !== 0) return efi.handles.has(given) ? given : fail('EFI_INVALID_PARAMETER');
  const handle = newHandle(efi);
  call.reply.u64(at, handle);
  return handle;
}

/** Pairs of GUID and interface from argument 1 on, up to a null. */
function pairs(call: Call): { guid: string; address: number }[] {
  const found: { guid: string; address: number }[] = [];
  for (let index = 1; call.raw(index) !== 0n; index += 2) {
    found.push({
      guid: call.guidAt(Number(call.raw(index))),
      address: Number(call.raw(index + 1)),
    });
  }
  return found;
}

function locate(efi: Efi, call: Call): readonly number[] {
  switch (call.number(0)) {
    case SearchType.all:
      return efi.handles.having(undefined);
    case SearchType.byProtocol:
      return efi.handles.having(call.guid(1));
    case SearchType.byNotify: {
      const registration = efi.registrations.find(call.address(2)) ?? fail('EFI_INVALID_PARAMETER');
      return registration.waiting.slice(0, 1);
    }
    default:
      return fail('EFI_INVALID_PARAMETER');
  }
}

const words = (values: readonly number[]): Uint8Array =>
  new Uint8Array(BigUint64Array.from(values, BigInt).buffer);

/** Puts `bytes` into pool memory of its own and tells the guest where. */
function allocateFor(efi: Efi, call: Call, bytes: Uint8Array): number {
  const address = efi.pool.allocate(MemoryType.bootServicesData, bytes.length);
  call.reply.write(address, bytes);
  return address;
}

/** Bytes of the device path at `address`, its end included. */
function pathAt(call: Call, address: number): Uint8Array {
  const room = Math.min(MAX_PATH_BYTES, 2 * PAGE_BYTES - (address % PAGE_BYTES));
  const bytes = call.read(address, room);
  return bytes.subarray(0, pathLength(bytes) ?? fail('EFI_INVALID_PARAMETER'));
}

/** The handlers of the protocol services. */
export const protocolServices = handlers(BOOT_SERVICES, {
  InstallProtocolInterface(efi, call) {
    const guid = call.guid(1);
    if (call.number(2) !== 0) fail('EFI_INVALID_PARAMETER');
    install(efi, handleAt(efi, call, call.address(0)), guid, call.optional(3));
    return undefined;
  },

  ReinstallProtocolInterface(efi, call) {
    efi.handles.reinstall(call.address(0), call.guid(1), call.optional(2), call.optional(3));
    return undefined;
  },

  UninstallProtocolInterface(efi, call) {
    efi.handles.uninstall(call.address(0), call.guid(1), call.optional(2));
    return undefined;
  },

  InstallMultipleProtocolInterfaces(efi, call) {
    const handle = handleAt(efi, call, call.address(0));
    const all = pairs(call);
    const taken = efi.handles.has(handle) ? efi.handles.protocols(handle) : [];
    if (all.some(({ guid }) => taken.includes(guid))) fail('EFI_INVALID_PARAMETER');
    for (const { guid, address } of all) install(efi, handle, guid, address);
    return undefined;
  },

  UninstallMultipleProtocolInterfaces(efi, call) {
    const handle = call.address(0);
    const all = pairs(call);
    for (const { guid, address } of all) {
      if (efi.handles.interface(handle, guid) !== address) fail('EFI_INVALID_PARAMETER');
    }
    for (const { guid, address } of all) efi.handles.uninstall(handle, guid, address);
    return undefined;
  },

  HandleProtocol(efi, call) {
    const result = call.address(2);
    call.reply.u64(result, efi.handles.interface(call.address(0), call.guid(1)));
    return undefined;
  },

  OpenProtocol(efi, call) {
    const [handle, guid, attributes] = [call.address(0), call.guid(1), call.number(5)];
    const address = efi.handles.interface(handle, guid);
    if (attributes !== TEST_PROTOCOL) {
      call.reply.u64(call.address(2), address);
      efi.handles.open(handle, guid, {
        agent: call.optional(3),
        controller: call.optional(4),
        attributes,
      });
    }
    return undefined;
  },

  CloseProtocol(efi, call) {
    efi.handles.close(call.address(0), call.guid(1), call.optional(2), call.optional(3));
    return undefined;
  },

  OpenProtocolInformation(efi, call) {
    const openings = efi.handles.openings(call.address(0), call.guid(1));
    const bytes = new Uint8Array(OPENING_BYTES * openings.length);
    const view = new DataView(bytes.buffer);
    for (const [index, { agent, controller, attributes, count }] of openings.entries()) {
      const at = OPENING_BYTES * index;
      view.setBigUint64(at, BigInt(agent), true);
      view.setBigUint64(at + 8, BigInt(controller), true);
      view.setUint32(at + 16, attributes, true);
      view.setUint32(at + 20, count, true);
    }
    call.reply.u64(call.address(2), allocateFor(efi, call, bytes));
    call.reply.u64(call.address(3), openings.length);
    return undefined;
  },

  ProtocolsPerHandle(efi, call) {
    const guids = efi.handles.protocols(call.address(0));
    const texts = allocateFor(efi, call, Buffer.concat(guids.map(guidBytes)));
    const pointers = allocateFor(efi, call, words(guids.map((_, index) => texts + 16 * index)));
    call.reply.u64(call.address(1), pointers);
    call.reply.u64(call.address(2), guids.length);
    return undefined;
  },

  RegisterProtocolNotify(efi, call) {
    const key = newHandle(efi);
    efi.registrations.add({ key, guid: call.guid(0), event: call.address(1), waiting: [] });
    call.reply.u64(call.address(2), key);
    return undefined;
  },

  LocateHandle(efi, call) {
    const sizeAt = call.address(3);
    const found = locate(efi, call);
    if (found.length === 0) fail('EFI_NOT_FOUND');
    call.reply.u64(sizeAt, 8 * found.length);
    if (call.numberAt(sizeAt) < 8 * found.length) return efiError('EFI_BUFFER_TOO_SMALL');
    call.reply.write(call.address(4), words(found));
    told(efi, call);
    return undefined;
  },

  LocateHandleBuffer(efi, call) {
    const [count, buffer] = [call.address(3), call.address(4)];
    const found = locate(efi, call);
    call.reply.u64(count, found.length);
    call.reply.u64(buffer, found.length === 0 ? 0 : allocateFor(efi, call, words(found)));
    told(efi, call);
    return found.length === 0 ? efiError('EFI_NOT_FOUND') : undefined;
  },

  LocateProtocol(efi, call) {
    const result = call.address(2);
    const guid = call.guid(0);
    const [handle] = efi.handles.having(guid);
    call.reply.u64(result, handle === undefined ? 0 : efi.handles.interface(handle, guid));
    return handle === undefined ? efiError('EFI_NOT_FOUND') : undefined;
  },

  /** The only device with a path is the volume: the rest of the path is what follows its node. */
  LocateDevicePath(efi, call) {
    const guid = call.guid(0);
    const at = call.address(1);
    const path = call.numberAt(at);
    const { volume } = efi.layout.handles;
    if (path === 0 || !startsAtVolume(pathAt(call, path))) return efiError('EFI_NOT_FOUND');
    if (!efi.handles.having(guid).includes(volume)) return efiError('EFI_NOT_FOUND');
    call.reply.u64(call.address(2), volume);
    call.reply.u64(at, path + VOLUME_NODE_BYTES);
    return undefined;
  },

  InstallConfigurationTable(efi, call) {
    const guid = call.guid(0);
    const address = call.optional(1);
    const at = efi.configuration.findIndex((each) => each.guid === guid);
    if (address === 0 && at < 0) fail('EFI_NOT_FOUND');
    if (address === 0) efi.configuration.splice(at, 1);
    else if (at >= 0) efi.configuration[at] = { guid, address };
    else efi.configuration.push({ guid, address });
    tellConfiguration(efi, call);
    return undefined;
  },

  /** No drivers: there is nothing to connect, and nothing to take apart. */
  ConnectController: (efi, call) =>
    efi.handles.has(call.address(0))
      ? efiError('EFI_NOT_FOUND')
      : efiError('EFI_INVALID_PARAMETER'),
  DisconnectController: (efi, call) =>
    efi.handles.has(call.address(0)) ? undefined : efiError('EFI_INVALID_PARAMETER'),
});

function tellConfiguration(efi: Efi, call: Call): void {
  const { layout, configuration } = efi;
  const entries = configuration.map(({ guid, address }) =>
    Buffer.concat([guidBytes(guid), words([address])]),
  );
  if (entries.length > CONFIGURATION_TABLES) fail('EFI_OUT_OF_RESOURCES');
  const table = Buffer.from(call.read(layout.systemTable, SYSTEM_TABLE.size));
  table.writeUInt32LE(0, SYSTEM_TABLE.crc32);
  table.writeBigUInt64LE(BigInt(entries.length), SYSTEM_TABLE.entryCount);
  table.writeUInt32LE(crc32(table), SYSTEM_TABLE.crc32);
  call.reply.write(layout.configurationTable, Buffer.concat(entries));
  call.reply.write(layout.systemTable, table);
}
