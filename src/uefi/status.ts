/** EFI_STATUS (UEFI 2.10, appendix D). Bit 63 marks an error. */
import { hex } from '../base/number-text.js';

const ERROR_BIT = 1n << 63n;

const SUCCESS_AND_WARNINGS = [
  'EFI_SUCCESS',
  'EFI_WARN_UNKNOWN_GLYPH',
  'EFI_WARN_DELETE_FAILURE',
  'EFI_WARN_WRITE_FAILURE',
  'EFI_WARN_BUFFER_TOO_SMALL',
  'EFI_WARN_STALE_DATA',
  'EFI_WARN_FILE_SYSTEM',
  'EFI_WARN_RESET_REQUIRED',
] as const;

const ERRORS = {
  EFI_LOAD_ERROR: 1,
  EFI_INVALID_PARAMETER: 2,
  EFI_UNSUPPORTED: 3,
  EFI_BAD_BUFFER_SIZE: 4,
  EFI_BUFFER_TOO_SMALL: 5,
  EFI_NOT_READY: 6,
  EFI_DEVICE_ERROR: 7,
  EFI_WRITE_PROTECTED: 8,
  EFI_OUT_OF_RESOURCES: 9,
  EFI_VOLUME_CORRUPTED: 10,
  EFI_VOLUME_FULL: 11,
  EFI_NO_MEDIA: 12,
  EFI_MEDIA_CHANGED: 13,
  EFI_NOT_FOUND: 14,
  EFI_ACCESS_DENIED: 15,
  EFI_NO_RESPONSE: 16,
  EFI_NO_MAPPING: 17,
  EFI_TIMEOUT: 18,
  EFI_NOT_STARTED: 19,
  EFI_ALREADY_STARTED: 20,
  EFI_ABORTED: 21,
  EFI_ICMP_ERROR: 22,
  EFI_TFTP_ERROR: 23,
  EFI_PROTOCOL_ERROR: 24,
  EFI_INCOMPATIBLE_VERSION: 25,
  EFI_SECURITY_VIOLATION: 26,
  EFI_CRC_ERROR: 27,
  EFI_END_OF_MEDIA: 28,
  EFI_END_OF_FILE: 31,
  EFI_INVALID_LANGUAGE: 32,
  EFI_COMPROMISED_DATA: 33,
  EFI_IP_ADDRESS_CONFLICT: 34,
  EFI_HTTP_ERROR: 35,
} as const;

/** The name of an error, such as `EFI_NOT_FOUND`. */
export type EfiErrorName = keyof typeof ERRORS;

/** The status of a call that did what it should. */
export const EFI_SUCCESS = 0n;

/** The value of an error. */
export function efiError(name: EfiErrorName): bigint {
  return ERROR_BIT | BigInt(ERRORS[name]);
}

const NAMES = new Map<bigint, string>([
  ...SUCCESS_AND_WARNINGS.map((name, value) => [BigInt(value), name] as const),
  ...Object.keys(ERRORS).map((name) => [efiError(name as EfiErrorName), name] as const),
]);

/** `EFI_NOT_FOUND`, or the number where the specification has no name for it. */
export function statusName(status: bigint): string {
  const value = BigInt.asUintN(64, status);
  return NAMES.get(value) ?? hex(value);
}

/** Thrown by a service: the call ends with this status and changes nothing. */
export class EfiFailure extends Error {
  readonly status: bigint;

  constructor(name: EfiErrorName) {
    super(name);
    this.status = efiError(name);
  }
}

/** Ends the service with an error. */
export function fail(name: EfiErrorName): never {
  throw new EfiFailure(name);
}
