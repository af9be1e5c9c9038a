/** A call of a service: its arguments, read from the guest, and the answer under construction. */
import { REGISTER, type GuestView } from './guest-view.js';
import { guidText, GUID_BYTES } from './guids.js';
import { Reply } from './reply.js';
import { narrow, type Signature } from './signature.js';
import { fail } from './status.js';
import { fromChar16 } from './text16.js';
import { FRAME_BYTES } from './thunk.js';

const IN_REGISTERS = [REGISTER.rcx, REGISTER.rdx, REGISTER.r8, REGISTER.r9];
/** Return address and shadow space lie between the frame and the fifth argument. */
const STACK_ARGUMENTS = FRAME_BYTES + 8 + 32;
/** The guest's memory is mapped to itself below 4 GiB. */
const ADDRESS_END = 2 ** 32;
const MAX_STRING_BYTES = 64 * 1024;

/** A call under way: reads its arguments from the guest and collects what it answers. */
export class Call {
  readonly service: Signature;
  readonly reply = new Reply();
  /** RSP at the call's OUT. */
  readonly stackPointer: number;
  readonly #guest: GuestView;

  constructor(guest: GuestView, service: Signature) {
    this.#guest = guest;
    this.service = service;
    this.stackPointer = Number(guest.register(REGISTER.rsp));
  }

  /** Argument `index` as it is, cut to its width; also beyond those that the signature names. */
  raw(index: number): bigint {
    const kind = this.service.arguments[index]?.kind ?? 'u64';
    const register = IN_REGISTERS[index];
    if (register !== undefined) return narrow(this.#guest.register(register), kind);
    return narrow(
      this.u64At(this.stackPointer + STACK_ARGUMENTS + 8 * (index - IN_REGISTERS.length)),
      kind,
    );
  }

  /** A number that can be counted with. */
  number(index: number): number {
    const value = this.raw(index);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? fail('EFI_INVALID_PARAMETER') : Number(value);
  }

  /** A pointer that must not be null. */
  address(index: number): number {
    const address = this.optional(index);
    return address === 0 ? fail('EFI_INVALID_PARAMETER') : address;
  }

  /** A pointer; 0 for null. */
  optional(index: number): number {
    const value = this.raw(index);
    return value >= BigInt(ADDRESS_END) ? fail('EFI_INVALID_PARAMETER') : Number(value);
  }

  guid(index: number): string {
    return this.guidAt(this.address(index));
  }

  string(index: number): string {
    return this.stringAt(this.address(index));
  }

  /** @throws EfiFailure where the guest has no such memory */
  read(address: number, sizeBytes: number): Uint8Array {
    return this.#guest.read(address, sizeBytes) ?? fail('EFI_INVALID_PARAMETER');
  }

  u32At(address: number): number {
    return view(this.read(address, 4)).getUint32(0, true);
  }

  u64At(address: number): bigint {
    return view(this.read(address, 8)).getBigUint64(0, true);
  }

  /** A UINTN that can be counted with. */
  numberAt(address: number): number {
    const value = this.u64At(address);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? fail('EFI_INVALID_PARAMETER') : Number(value);
  }

  guidAt(address: number): string {
    return guidText(this.read(address, GUID_BYTES));
  }

  /** A CHAR16 string, without its zero. */
  stringAt(address: number): string {
    return (
      readString((at, size) => this.#guest.read(at, size), address) ?? fail('EFI_INVALID_PARAMETER')
    );
  }
}

/** A CHAR16 string in guest memory; undefined where it is not in its memory. */
export function readString(
  read: (address: number, sizeBytes: number) => Uint8Array | undefined,
  address: number,
): string | undefined {
  let text = '';
  for (let at = address; at < address + MAX_STRING_BYTES;) {
    // Up to the end of the page, behind which there may be nothing.
    const size = Math.max(2, 4096 - (at % 4096)) & ~1;
    const bytes = read(at, size);
    if (bytes === undefined) return undefined;
    const part = fromChar16(bytes);
    text += part;
    if (part.length < size / 2) return text;
    at += size;
  }
  return undefined;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
