/** What a PE file is (Microsoft's PE format, UEFI 2.10 section 2.1.1). */
import { hex } from '../../base/number-text.js';
import { hasAt, unsignedAt } from './bytes.js';
import type { ForeignKind } from './foreign-kind.js';

/** Offset of the PE header's offset in the DOS header. */
const E_LFANEW = 0x3c;
/** From the PE header on: Machine, and in the optional header Magic and Subsystem. */
const MACHINE = 4;
const MAGIC = 24;
const SUBSYSTEM = MAGIC + 68;
const PE32_PLUS = 0x20b;

/** Machine field of the COFF header, as far as people are likely to have one. */
export const MACHINES: Readonly<Record<number, string>> = {
  0x14c: 'i386',
  0x1c0: 'arm',
  0x1c2: 'thumb',
  0x200: 'ia64',
  0x5064: 'riscv64',
  0x8664: 'x86_64',
  0xaa64: 'aarch64',
};
const SUBSYSTEMS: Readonly<Record<number, string>> = {
  10: 'a UEFI program',
  11: 'a UEFI boot driver',
  12: 'a UEFI runtime driver',
  13: 'a UEFI ROM image',
};

/** Undefined for what is no PE and no DOS program. */
export function peKind(bytes: Uint8Array): ForeignKind | undefined {
  if (!hasAt(bytes, 0, 'MZ')) return undefined;
  const header = unsignedAt(bytes, E_LFANEW, 4) ?? 0;
  if (!hasAt(bytes, header, 'PE\0\0')) {
    // Two letters are little: code may begin with DEC BP, POP DX.
    return { what: 'a DOS program (MZ)', wayOut: 'there is no DOS under it', mayBeFlat: true };
  }
  const machine = unsignedAt(bytes, header + MACHINE, 2) ?? 0;
  const width = unsignedAt(bytes, header + MAGIC, 2) === PE32_PLUS ? 'PE32+' : 'PE32';
  const subsystem = SUBSYSTEMS[unsignedAt(bytes, header + SUBSYSTEM, 2) ?? 0];
  const name = MACHINES[machine] ?? `machine ${hex(machine)}`;
  return {
    what: `${subsystem ?? 'a Windows program'} (${width} for ${name})`,
    wayOut: subsystem === undefined ? 'there is no Windows under it' : 'no loader runs it yet',
  };
}
