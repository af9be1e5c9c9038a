/** The target description that gdb reads when it connects (gdb manual, "Target Descriptions"). */
import type { Bits, Feature, GdbRegister } from './register.js';

const ARCHITECTURES: Readonly<Record<Bits, string>> = {
  16: 'i8086',
  32: 'i386',
  64: 'i386:x86-64',
};

/** Flags by bit (SDM vol. 1, figure 3-8); IOPL has two bits. */
const EFLAGS = {
  CF: 0, PF: 2, AF: 4, ZF: 6, SF: 7, TF: 8, IF: 9, DF: 10, OF: 11, NT: 14,
  RF: 16, VM: 17, AC: 18, VIF: 19, VIP: 20, ID: 21,
}; // prettier-ignore
/** SDM vol. 1, figure 10-3. */
const MXCSR = {
  IE: 0, DE: 1, ZE: 2, OE: 3, UE: 4, PE: 5, DAZ: 6,
  IM: 7, DM: 8, ZM: 9, OM: 10, UM: 11, PM: 12, FZ: 15,
}; // prettier-ignore

function flags(id: string, bits: Readonly<Record<string, number>>): string {
  const fields = Object.entries(bits).map(
    ([name, bit]) => `<field name="${name}" start="${bit}" end="${bit}"/>`,
  );
  return `<flags id="${id}" size="4">${fields.join('')}</flags>`;
}

/** As gdb's own descriptions name the views of a vector register. */
const VECTORS: readonly (readonly [name: string, type: string, count: number])[] = [
  ['v4_float', 'ieee_single', 4],
  ['v2_double', 'ieee_double', 2],
  ['v16_int8', 'int8', 16],
  ['v8_int16', 'int16', 8],
  ['v4_int32', 'int32', 4],
  ['v2_int64', 'int64', 2],
];

function vectorTypes(): string {
  const types = VECTORS.map(
    ([name, type, count]) => `<vector id="t_${name}" type="${type}" count="${count}"/>`,
  );
  const fields = VECTORS.map(([name]) => `<field name="${name}" type="t_${name}"/>`);
  const whole = '<field name="uint128" type="uint128"/>';
  return `${types.join('')}<union id="vec128">${fields.join('')}${whole}</union>`;
}

/** Types that a feature defines: gdb looks for them in it alone. */
const TYPES: Readonly<Record<string, string>> = {
  'org.gnu.gdb.i386.core': flags('i386_eflags', EFLAGS),
  'org.gnu.gdb.i386.sse': vectorTypes() + flags('i386_mxcsr', MXCSR),
};

function registerXml({ name, bits, type, group }: GdbRegister): string {
  const grouped = group === undefined ? '' : ` group="${group}"`;
  return `<reg name="${name}" bitsize="${bits}" type="${type}"${grouped}/>`;
}

/** The document `target.xml`. Register names of a trace are those of `src/trace/format/registers.ts`, or escaped. */
export function targetXml(bits: Bits, features: readonly Feature[]): string {
  const parts = features.map(
    ({ name, registers }) =>
      `<feature name="${name}">${TYPES[name] ?? ''}\n${registers.map(registerXml).join('\n')}\n</feature>\n`,
  );
  return `<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0"><architecture>${ARCHITECTURES[bits]}</architecture>
${parts.join('')}</target>
`;
}
