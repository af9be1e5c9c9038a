/** The registers of a state by the groups in which a debugger shows them. */
import type { State } from '../query/state.js';
import { hex } from '../base/number-text.js';

/** A register and its value in hexadecimal. */
export interface ShownRegister {
  readonly name: string;
  readonly value: string;
}

/** Registers that a debugger shows under one heading. */
export interface RegisterGroup {
  readonly name: string;
  readonly registers: readonly ShownRegister[];
}

/** The first that admits a name has it. */
const GROUPS: readonly (readonly [name: string, admits: RegExp])[] = [
  ['General', /^(?:r[a-d]x|r[sd]i|r[sb]p|r\d+|rflags)$/],
  ['Segments', /^(?:[c-gs]s|tr|ldtr)(?:_|$)|^[gi]dtr_/],
  ['Control', /^(?:cr\d|efer|apic_base|xcr0|dr\d)$/],
  ['Floating point', /^(?:st\d|f(?:cw|sw|tw|op|ip|dp)$|mxcsr)/],
  ['Vector', /^[xy]mm/],
  ['Model-specific', /^msr_/],
  ['Other', /^/],
];

/** The recorded registers of a state, by group; groups without a register are left out. */
export function registerGroups(state: State): RegisterGroup[] {
  const { rip } = state;
  const all = state.registers().map(({ name, value }) => ({ name, value: hex(value) }));
  if (rip !== undefined) all.unshift({ name: 'rip', value: hex(rip) });
  const groupOf = (name: string): string =>
    name === 'rip' ? 'General' : GROUPS.find(([, admits]) => admits.test(name))![0];
  return GROUPS.map(([name]) => {
    return { name, registers: all.filter((each) => groupOf(each.name) === name) };
  }).filter(({ registers }) => registers.length > 0);
}
