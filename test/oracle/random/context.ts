import type { Random } from './random.js';

export type Bits = 16 | 32 | 64;
export type Size = 8 | 16 | 32 | 64;

/** Bytes that memory operands lie in, from the address in rbx on, with slack around for strings. */
export const DATA_BYTES = 4096;
const FIRST_OFFSET = 512;
const LAST_OFFSET = DATA_BYTES - 512;

const LEGACY = ['ax', 'cx', 'dx', 'si', 'di', 'bp'] as const;
const LOW_BYTES = { ax: 'al', cx: 'cl', dx: 'dl', si: 'sil', di: 'dil', bp: 'bpl' } as const;
const EXTENDED = ['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15'];
const SUFFIX: Readonly<Record<Size, string>> = { 8: 'b', 16: 'w', 32: 'd', 64: '' };
const POINTER: Readonly<Record<Size, string>> = {
  8: 'byte ptr',
  16: 'word ptr',
  32: 'dword ptr',
  64: 'qword ptr',
};

/** What the generators of instructions draw from: operands of the mode. rbx and rsp stay alone. */
export class Context {
  readonly random: Random;
  readonly bits: Bits;
  /** Sizes of operands there are. */
  readonly sizes: readonly Size[];
  /** Those of them that are no bytes. */
  readonly wide: readonly Size[];
  readonly #labels: { next: number };

  constructor(random: Random, bits: Bits, labels = { next: 0 }) {
    this.random = random;
    this.bits = bits;
    this.#labels = labels;
    this.wide = bits === 64 ? [16, 32, 64] : [16, 32];
    this.sizes = [8, ...this.wide];
  }

  /** The name of a legacy register in a size: `named('ax', 64)` is rax. */
  named(name: (typeof LEGACY)[number] | 'bx' | 'sp', size: Size): string {
    if (size === 8) return name === 'bx' ? 'bl' : name === 'sp' ? 'spl' : LOW_BYTES[name];
    return size === 16 ? name : `${size === 32 ? 'e' : 'r'}${name}`;
  }

  /** Any register but rbx and rsp, and those excluded. */
  register(size: Size, excluded: readonly string[] = []): string {
    const { random, bits } = this;
    if (bits === 64 && random.chance(50)) return `${random.pick(EXTENDED)}${SUFFIX[size]}`;
    const legacy = LEGACY.filter((name) => !excluded.includes(name));
    if (size !== 8) return this.named(random.pick(legacy), size);
    const low = legacy.filter((name) => bits === 64 || name.endsWith('x'));
    return LOW_BYTES[random.pick(low)];
  }

  /** ah, ch or dh, which no REX prefix goes with. */
  highByte(): string {
    return this.random.pick(['ah', 'ch', 'dh']);
  }

  memory(size: Size): string {
    return `${POINTER[size]} ${this.address()}`;
  }

  /** An address in the data, through rbx. */
  address(offset = this.offset()): string {
    const wideBase =
      this.bits === 64 ? 'rbx' : this.bits === 32 || this.random.chance(30) ? 'ebx' : 'bx';
    return `[${wideBase} + ${offset}]`;
  }

  offset(): number {
    return FIRST_OFFSET + this.random.below(LAST_OFFSET - FIRST_OFFSET);
  }

  registerOrMemory(size: Size): string {
    return this.random.chance(40) ? this.memory(size) : this.register(size);
  }

  /** An immediate operand of that size; at most 32 bits, sign-extended (SDM vol. 1, 3.7.1). */
  immediate(size: Size): string {
    const bits = Math.min(size, 32);
    const value = this.random.chance(30)
      ? BigInt(this.random.below(256) - 128)
      : BigInt.asIntN(bits, this.random.value(bits));
    return value.toString();
  }

  /** Loads a register with a value. */
  load(register: string, value: bigint): string {
    return `mov ${register}, 0x${value.toString(16)}`;
  }

  label(): string {
    return `l${this.#labels.next++}`;
  }

  /** For code of another width in the same guest. */
  ofWidth(bits: Bits): Context {
    return new Context(this.random, bits, this.#labels);
  }

  /** The widest operand. */
  get widest(): Size {
    return this.bits === 64 ? 64 : 32;
  }
}
