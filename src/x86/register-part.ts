import { Register, RegisterExt } from './iced-names.js';
import { generalIndex } from './operand.js';

/** Bytes of a register as an instruction names them. */
export interface RegisterPart {
  readonly kind: 'register';
  /** `general`: rax to r15 by KVM's order; `vector`: xmm and ymm by number; `other`: by name. */
  readonly family: 'general' | 'vector' | 'other';
  /** Of general and vector registers. */
  readonly index: number;
  /** Of the others: the whole register, as the trace has it: `cr3`, `gs_base`. */
  readonly whole: string;
  /** In lower case: `ax`, `xmm3`, `cr3`. */
  readonly name: string;
  /** First byte within the whole register: 1 for ah, bh, ch and dh. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

const HIGH_BYTES = new Set<Register>([Register.AH, Register.BH, Register.CH, Register.DH]);

/** The bytes of a whole register that a name of the decoder stands for. */
export function registerPart(register: Register): RegisterPart {
  // The decoder says r8l where the disassembly says r8b.
  const name = Register[register].toLowerCase().replace(/^(r\d+)l$/, '$1b');
  const size = RegisterExt.size(register);
  const general = generalIndex(register);
  if (general >= 0) {
    const offset = HIGH_BYTES.has(register) ? 1 : 0;
    return { kind: 'register', family: 'general', index: general, whole: '', name, offset, size };
  }
  if (!RegisterExt.isVectorRegister(register)) return namedPart(name, size);
  const index = RegisterExt.number(register);
  return { kind: 'register', family: 'vector', index, whole: '', name, offset: 0, size };
}

/** A register that is neither general nor of vectors, by its name in traces. */
export function namedPart(name: string, size: number): RegisterPart {
  return { kind: 'register', family: 'other', index: -1, whole: name, name, offset: 0, size };
}

/** Whether two parts are of the same register. */
export function sameRegister(a: RegisterPart, b: RegisterPart): boolean {
  return a.family === b.family && a.index === b.index && a.whole === b.whole;
}

/** The register of this name, such as `eax`; undefined if there is none. */
export function registerNamed(name: string): RegisterPart | undefined {
  const register = (Register as unknown as Record<string, Register | undefined>)[
    name.toUpperCase().replace(/^(R\d+)B$/, '$1L')
  ];
  return typeof register === 'number' && register !== Register.None
    ? registerPart(register)
    : undefined;
}
