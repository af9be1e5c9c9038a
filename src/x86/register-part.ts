import { Register, RegisterExt } from './iced.js';
import { generalIndex } from './operand.js';

/** Bytes of a register as an instruction names them. */
export interface RegisterPart {
  readonly kind: 'register';
  /** `general`: rax to r15 by KVM's order; `vector`: xmm and ymm by number; `other`: by name. */
  readonly family: 'general' | 'vector' | 'other';
  readonly index: number;
  /** In lower case: `ax`, `xmm3`, `cr3`. */
  readonly name: string;
  /** First byte within the whole register: 1 for ah, bh, ch and dh. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

const HIGH_BYTES = new Set<Register>([Register.AH, Register.BH, Register.CH, Register.DH]);

export function registerPart(register: Register): RegisterPart {
  // The decoder says r8l where the disassembly says r8b.
  const name = Register[register].toLowerCase().replace(/^(r\d+)l$/, '$1b');
  const size = RegisterExt.size(register);
  const general = generalIndex(register);
  if (general >= 0) {
    const offset = HIGH_BYTES.has(register) ? 1 : 0;
    return { kind: 'register', family: 'general', index: general, name, offset, size };
  }
  const vector = RegisterExt.isVectorRegister(register);
  return {
    kind: 'register',
    family: vector ? 'vector' : 'other',
    index: vector ? RegisterExt.number(register) : register,
    name,
    offset: 0,
    size,
  };
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
