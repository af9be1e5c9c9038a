/** Memory services (UEFI 2.10, 7.2) and those that move bytes (7.5). */
import { crc32 } from 'node:zlib';
import { handlers } from '../efi.js';
import { DESCRIPTOR_BYTES, DESCRIPTOR_VERSION } from '../memory-map.js';
import { BOOT_SERVICES } from '../../../uefi/services.js';
import { efiError, fail } from '../../../uefi/status.js';

/** The handlers of the memory services. */
export const memoryServices = handlers(BOOT_SERVICES, {
  AllocatePages(efi, call) {
    const memory = call.address(3);
    const address = efi.map.allocate(
      call.number(0),
      call.number(1),
      call.number(2),
      call.numberAt(memory),
    );
    call.reply.u64(memory, address);
    return undefined;
  },

  FreePages(efi, call) {
    efi.map.free(call.optional(0), call.number(1));
    return undefined;
  },

  GetMemoryMap(efi, call) {
    const sizeAt = call.address(0);
    const room = call.numberAt(sizeAt);
    const map = efi.map.encode();
    call.reply.u64(sizeAt, map.length);
    if (call.optional(3) !== 0) call.reply.u64(call.optional(3), DESCRIPTOR_BYTES);
    if (call.optional(4) !== 0) call.reply.u32(call.optional(4), DESCRIPTOR_VERSION);
    if (room < map.length) return efiError('EFI_BUFFER_TOO_SMALL');
    call.reply.write(call.address(1), map);
    if (call.optional(2) !== 0) call.reply.u64(call.optional(2), efi.map.key);
    return undefined;
  },

  AllocatePool(efi, call) {
    const buffer = call.address(2);
    call.reply.u64(buffer, efi.pool.allocate(call.number(0), call.number(1)));
    return undefined;
  },

  FreePool(efi, call) {
    efi.pool.free(call.address(0));
    return undefined;
  },

  CopyMem(_efi, call) {
    const [to, from, count] = [call.optional(0), call.optional(1), call.number(2)];
    if (count > 0) {
      // Both have to be RAM: the thunk that copies cannot tell a fault.
      call.read(to, count);
      call.read(from, count);
    }
    call.reply.copy(to, from, count);
    return undefined;
  },

  SetMem(_efi, call) {
    const [buffer, count] = [call.optional(0), call.number(1)];
    if (count > 0) call.read(buffer, count);
    call.reply.fill(buffer, count, call.number(2));
    return undefined;
  },

  CalculateCrc32(_efi, call) {
    const size = call.number(1);
    if (size === 0) fail('EFI_INVALID_PARAMETER');
    call.reply.u32(call.address(2), crc32(call.read(call.address(0), size)));
    return undefined;
  },
});
