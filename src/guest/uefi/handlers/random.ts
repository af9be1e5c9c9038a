/** Random numbers (UEFI 2.10, 37.5): the same in each recording, so that it can be repeated. */
import { handlers } from '../efi.js';
import { GUID, guidBytes } from '../../../uefi/guids.js';
import { RANDOM } from '../../../uefi/services.js';
import { efiError, fail } from '../../../uefi/status.js';

/** mulberry32: a 32-bit state is enough for numbers that need not be secret. */
export function nextRandom(state: number): { readonly state: number; readonly value: number } {
  const next = (state + 0x6d2b_79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { state: next, value: (mixed ^ (mixed >>> 14)) >>> 0 };
}

/** The handlers of the random number protocol. */
export const randomServices = handlers(RANDOM, {
  GetInfo(_efi, call) {
    const sizeAt = call.address(1);
    const algorithm = guidBytes(GUID.EFI_RNG_ALGORITHM_RAW);
    call.reply.u64(sizeAt, algorithm.length);
    if (call.numberAt(sizeAt) < algorithm.length) return efiError('EFI_BUFFER_TOO_SMALL');
    call.reply.write(call.address(2), algorithm);
    return undefined;
  },

  GetRNG(efi, call) {
    if (call.optional(1) !== 0 && call.guid(1) !== GUID.EFI_RNG_ALGORITHM_RAW)
      return efiError('EFI_UNSUPPORTED');
    const length = call.number(2);
    if (length === 0) fail('EFI_INVALID_PARAMETER');
    const at = call.address(3);
    call.read(at, length);
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) {
      const { state, value } = nextRandom(efi.random);
      efi.random = state;
      bytes[index] = value & 0xff;
    }
    call.reply.write(at, bytes);
    return undefined;
  },
});
