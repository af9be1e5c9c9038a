/** A guest of the doctor: a few instructions, and the state in which they begin. */
import { assert } from '../base/errors.js';
import { CODE, STACK, SYSCALL_ENTRY, USER_STACK } from './layout.js';
import { handlerOf } from './memory-image.js';
import { bitsOf, isUser, type DoctorMode } from './mode.js';
import type { SmallVm, RegisterName } from './small-vm.js';

/** A line of the guest by its index, a vector's handler, or where SYSCALL goes. */
export type Place = number | { readonly gate: number } | 'syscall';

/** The code of a guest and the state in which it starts. */
export interface DoctorGuest {
  readonly mode: DoctorMode;
  /** One instruction a line, its bytes and two blanks before its assembly. */
  readonly code: readonly string[];
  readonly registers?: Partial<Record<RegisterName, number>>;
  /** What the stack holds, top first, in words of the mode's size. */
  readonly stack?: readonly (number | { readonly line: number })[];
  readonly withoutIdt?: boolean;
}

/** A line of a guest's code, with where it lies. */
export interface ParsedLine {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** `f4  hlt` */
const LINE = /^((?:[0-9a-f]{2} ?)+?) {2}(\S.*)$/;

/** The lines with their bytes and addresses. */
export function parseCode(code: readonly string[]): ParsedLine[] {
  let address = CODE;
  return code.map((line) => {
    const [, hex, text] = LINE.exec(line) ?? [];
    assert(hex !== undefined && text !== undefined, `a line of a doctor's guest: ${line}`);
    const bytes = Uint8Array.from(hex.split(' '), (byte) => parseInt(byte, 16));
    const parsed = { address, bytes, text };
    address += bytes.length;
    return parsed;
  });
}

/** Puts the guest into the VM. Returns its lines. */
export function startGuest(vm: SmallVm, guest: DoctorGuest): ParsedLine[] {
  const { mode, code, registers, stack = [], withoutIdt } = guest;
  const lines = parseCode(code);
  vm.start({ mode, code: Buffer.concat(lines.map(({ bytes }) => bytes)), registers, withoutIdt });
  const view = new DataView(vm.ram.bytes.buffer);
  const size = bitsOf(mode) / 8;
  const top = registers?.rsp ?? (isUser(mode) ? USER_STACK : STACK);
  for (const [i, value] of stack.entries()) {
    const number = typeof value === 'number' ? value : lines[value.line]!.address;
    view.setUint32(top + i * size, number, true);
    if (size === 2) view.setUint16(top + i * size, number, true);
  }
  return lines;
}

/** The address of a place: a line's, a handler's, or that of SYSCALL's entry. */
export function addressOf(place: Place, lines: readonly ParsedLine[]): number {
  if (place === 'syscall') return SYSCALL_ENTRY;
  return typeof place === 'number' ? lines[place]!.address : handlerOf(place.gate);
}
