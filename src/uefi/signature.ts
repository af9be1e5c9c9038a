/** What a service takes, so that its arguments can be read and told. */

/**
 * Kinds of arguments: numbers by their width, `handle` and `event` as what the firmware gave out, `guid`
 * and `string` (CHAR16, zero at the end) as pointers to such, `pointer` to anything else.
 */
export type ArgumentKind =
  'u8' | 'u16' | 'u32' | 'u64' | 'bool' | 'handle' | 'event' | 'guid' | 'string' | 'pointer';

const BITS: Readonly<Partial<Record<ArgumentKind, number>>> = { u8: 8, bool: 8, u16: 16, u32: 32 };

/** A parameter of a service. */
export interface Argument {
  readonly name: string;
  readonly kind: ArgumentKind;
}

/** A service and what it takes. */
export interface Signature {
  /** `EFI_BOOT_SERVICES`, `EFI_RUNTIME_SERVICES` or a protocol. */
  readonly table: string;
  readonly name: string;
  readonly arguments: readonly Argument[];
}

/** The part of a 64-bit register or stack slot that an argument of this kind has: the rest is undefined. */
export function narrow(value: bigint, kind: ArgumentKind): bigint {
  return BigInt.asUintN(BITS[kind] ?? 64, value);
}

/** Reads signatures, one a line: `Name Argument:kind Argument:kind`. */
export function signatures(table: string, text: string): readonly Signature[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [name, ...rest] = line.trim().split(' ');
      const parts = rest.map((part) => {
        const [argument, kind] = part.split(':') as [string, ArgumentKind];
        return { name: argument, kind };
      });
      return { table, name: name!, arguments: parts };
    });
}
