/** Runtime services (UEFI 2.10, chapter 8) and the counters of 7.5. */
import { EPOCH } from '../../../devices/rtc.js';
import type { Call } from '../../../uefi/call.js';
import { handlers, type Efi } from '../efi.js';
import { guidBytes } from '../../../uefi/guids.js';
import { BOOT_SERVICES, RUNTIME_SERVICES } from '../../../uefi/services.js';
import { efiError, fail } from '../../../uefi/status.js';
import { char16 } from '../../../uefi/text16.js';
import {
  Attribute,
  isAuthenticated,
  MAX_VARIABLE_BYTES,
  VARIABLE_STORAGE_BYTES,
} from '../variables.js';

/** Sizes of EFI_TIME and EFI_TIME_CAPABILITIES. */
const Bytes = { time: 16, capabilities: 12 } as const;
/** EFI_UNSPECIFIED_TIMEZONE. */
const NO_TIME_ZONE = 0x7ff;
const MILLISECONDS = 1000;

const RESETS = ['a cold reset', 'a warm reset', 'the power off', 'a reset of a kind of its own'];

function time(efi: Efi): Uint8Array {
  const now = new Date(
    EPOCH + Math.floor((efi.clock.now / efi.clock.stepsPerSecond) * MILLISECONDS),
  );
  const bytes = Buffer.alloc(Bytes.time);
  bytes.writeUInt16LE(now.getUTCFullYear(), 0);
  const parts = [
    now.getUTCMonth() + 1,
    now.getUTCDate(),
    now.getUTCHours(),
    now.getUTCMinutes(),
    now.getUTCSeconds(),
  ];
  for (const [index, part] of parts.entries()) bytes.writeUInt8(part, 2 + index);
  bytes.writeUInt32LE(now.getUTCMilliseconds() * 1_000_000, 8);
  bytes.writeInt16LE(NO_TIME_ZONE, 12);
  return bytes;
}

function getVariable(efi: Efi, call: Call): bigint | undefined {
  const variable = efi.variables.get(call.string(0), call.guid(1));
  if (variable === undefined || isHidden(efi, variable.attributes))
    return efiError('EFI_NOT_FOUND');
  const sizeAt = call.address(3);
  const room = call.numberAt(sizeAt);
  const data = Buffer.from(variable.data, 'hex');
  if (call.optional(2) !== 0) call.reply.u32(call.optional(2), variable.attributes);
  call.reply.u64(sizeAt, data.length);
  if (room < data.length) return efiError('EFI_BUFFER_TOO_SMALL');
  call.reply.write(call.address(4), data);
  return undefined;
}

/** After ExitBootServices only those of the runtime are there. */
function isHidden(efi: Efi, attributes: number): boolean {
  return efi.hasExitedBootServices && (attributes & Attribute.runtime) === 0;
}

function setVariable(efi: Efi, call: Call): bigint | undefined {
  const [name, vendor, attributes, size] = [
    call.string(0),
    call.guid(1),
    call.number(2),
    call.number(3),
  ];
  if (name === '') fail('EFI_INVALID_PARAMETER');
  if (isAuthenticated(attributes)) return efiError('EFI_SECURITY_VIOLATION');
  if ((attributes & Attribute.runtime) !== 0 && (attributes & Attribute.bootService) === 0) {
    fail('EFI_INVALID_PARAMETER');
  }
  const before = efi.variables.get(name, vendor);
  const isAppend = (attributes & Attribute.append) !== 0;
  const isRemoval = (size === 0 && !isAppend) || (attributes & ~Attribute.append) === 0;
  if (isRemoval) {
    if (before === undefined) return efiError('EFI_NOT_FOUND');
    efi.variables.set({ ...before, data: '' });
    return undefined;
  }
  const given = size === 0 ? '' : Buffer.from(call.read(call.address(4), size)).toString('hex');
  const data = isAppend ? (before?.data ?? '') + given : given;
  if (data === '') return undefined;
  const kept = attributes & ~Attribute.append;
  if (before !== undefined && before.attributes !== kept) fail('EFI_INVALID_PARAMETER');
  const bytes = 2 * name.length + data.length / 2;
  if (bytes > MAX_VARIABLE_BYTES || efi.variables.usedBytes + bytes > VARIABLE_STORAGE_BYTES) {
    return efiError('EFI_OUT_OF_RESOURCES');
  }
  efi.variables.set({ name, vendor, attributes: kept, data });
  return undefined;
}

function nextVariable(efi: Efi, call: Call): bigint | undefined {
  const [sizeAt, nameAt, vendorAt] = [call.address(0), call.address(1), call.address(2)];
  let name = call.stringAt(nameAt);
  let vendor = name === '' ? '' : call.guidAt(vendorAt);
  for (;;) {
    const { isKnown, next } = efi.variables.after(name, vendor);
    if (!isKnown) fail('EFI_INVALID_PARAMETER');
    if (next === undefined) return efiError('EFI_NOT_FOUND');
    ({ name, vendor } = next);
    if (isHidden(efi, next.attributes)) continue;
    const text = char16(name);
    call.reply.u64(sizeAt, text.length);
    if (call.numberAt(sizeAt) < text.length) return efiError('EFI_BUFFER_TOO_SMALL');
    call.reply.write(nameAt, text);
    call.reply.write(vendorAt, guidBytes(vendor));
    return undefined;
  }
}

/** The handlers of the runtime services. */
export const runtimeServices = [
  ...handlers(RUNTIME_SERVICES, {
    GetTime(efi, call) {
      call.reply.write(call.address(0), time(efi));
      if (call.optional(1) !== 0) {
        // One second of resolution, 50 parts in a million of accuracy, nothing set to zero.
        const capabilities = Buffer.alloc(Bytes.capabilities);
        capabilities.writeUInt32LE(1, 0);
        capabilities.writeUInt32LE(50_000_000, 4);
        call.reply.write(call.optional(1), capabilities);
      }
      return undefined;
    },

    GetVariable: getVariable,
    SetVariable: setVariable,
    GetNextVariableName: nextVariable,

    QueryVariableInfo(efi, call) {
      call.reply.u64(call.address(1), VARIABLE_STORAGE_BYTES);
      call.reply.u64(call.address(2), VARIABLE_STORAGE_BYTES - efi.variables.usedBytes);
      call.reply.u64(call.address(3), MAX_VARIABLE_BYTES);
      return undefined;
    },

    GetNextHighMonotonicCount(efi, call) {
      efi.monotonicCount = (Math.floor(efi.monotonicCount / 2 ** 32) + 1) * 2 ** 32;
      call.reply.u32(call.address(0), efi.monotonicCount / 2 ** 32);
      return undefined;
    },

    ResetSystem(efi, call) {
      const kind = RESETS[call.number(0)] ?? 'a reset';
      efi.end(call.raw(1), `the program asked for ${kind}`);
      return undefined;
    },
  }),

  ...handlers(BOOT_SERVICES, {
    GetNextMonotonicCount(efi, call) {
      efi.monotonicCount++;
      call.reply.u64(call.address(0), efi.monotonicCount);
      return undefined;
    },

    /** A watchdog would end the program minutes after the host's clock: no recording could be repeated. */
    SetWatchdogTimer: () => undefined,
  }),
];
