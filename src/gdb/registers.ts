/** The packets that read registers: `g` for all, `p` for one, and those that stops bring along. */
import type { State } from '../query/state.js';
import { littleEndianHex } from './hex.js';
import type { Feature, GdbRegister } from './register.js';
import type { RegisterSource } from './register-source.js';

/** Registers that gdb looks at after every step. */
const EXPEDITED = ['rip', 'rsp', 'rbp', 'eip', 'esp', 'ebp', 'eflags', 'cs'];
/** Of the first features, which hold what most commands look at; gdb asks for others one by one. */
const IN_GENERAL_PACKET = ['org.gnu.gdb.i386.core', 'org.gnu.gdb.i386.sse'];

/** Answers the packets that read registers, numbered as the target description lists them. */
export class Registers {
  readonly #all: readonly GdbRegister[];
  readonly #general: readonly GdbRegister[];
  readonly #expedited: readonly (readonly [number, GdbRegister])[];

  /** @param features those of the target description: gdb numbers registers by their order */
  constructor(features: readonly Feature[]) {
    this.#all = features.flatMap(({ registers }) => registers);
    this.#general = features
      .filter(({ name }) => IN_GENERAL_PACKET.includes(name))
      .flatMap(({ registers }) => registers);
    this.#expedited = [...this.#all.entries()].filter(([, { name }]) => EXPEDITED.includes(name));
  }

  /** All registers of the general packet, one after the other; `x` for digits that are not known. */
  general(state: State): string {
    const values = new Map(state.registers().map(({ name, value }) => [name, value]));
    const source = sourceOf(state, (name) => values.get(name));
    return this.#general.map((each) => digits(each, source)).join('');
  }

  /** One by its number; undefined where there is none. */
  one(state: State, number: number): string | undefined {
    const register = this.#all[number];
    return register === undefined ? undefined : digits(register, sourceOf(state));
  }

  /** `10:0010000000000000;` and so on, for stop replies. */
  expedited(state: State): string {
    const source = sourceOf(state);
    return this.#expedited
      .map(([number, register]) => `${number.toString(16)}:${digits(register, source)};`)
      .join('');
  }

  /** The name of a register by its number, for messages. */
  nameOf(number: number): string {
    return this.#all[number]?.name ?? `number ${number}`;
  }
}

function digits(register: GdbRegister, source: RegisterSource): string {
  const value = register.read(source);
  const bytes = register.bits / 8;
  return value === undefined ? 'x'.repeat(2 * bytes) : littleEndianHex(value, bytes);
}

function sourceOf(
  state: State,
  recorded: (name: string) => bigint | undefined = (name) => state.register(name),
): RegisterSource {
  return (name) => {
    if (name === 'pc') return state.address;
    return name === 'rip' ? state.rip : recorded(name);
  };
}
