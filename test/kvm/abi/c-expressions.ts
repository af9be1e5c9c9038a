import type { Request } from '../../../src/kvm/abi/ioctl.js';
import type { StructLayout } from '../../../src/kvm/abi/struct.js';

/** A number that TypeScript believes, and the C expression that must have the same value. */
export interface Claim {
  readonly c: string;
  readonly value: number;
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function isLayout(value: unknown): value is StructLayout {
  return typeof value === 'object' && value !== null && 'cFieldNames' in value;
}

function isRequest(value: unknown): value is Request {
  return typeof value === 'object' && value !== null && 'number' in value && 'name' in value;
}

/** An object of constants under their C names, such as CAP. */
function isConstants(value: unknown): value is Record<string, number> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(
      ([name, item]) => name.startsWith('KVM_') && typeof item === 'number',
    )
  );
}

/** Claims about the fields below one path of a C type, inner structs included. */
function fieldClaims(layout: StructLayout, cType: string, prefix: string, base: number): Claim[] {
  return Object.entries(layout.fields).flatMap(([name, type]) => {
    const renamed = layout.cFieldNames[name];
    const path = prefix + (renamed ?? snakeCase(name));
    const offset = base + layout.offsets[name]!;
    const place = { c: `offsetof(${cType}, ${path})`, value: offset };
    const size = { c: `sizeof(((${cType} *)0)->${path})`, value: type.sizeBytes };
    if (!isLayout(type)) return [place, size];
    // An anonymous union has neither a name nor, as one of its members stands for it, a size.
    const anonymous = type.cName === '' && renamed !== undefined;
    return [
      place,
      ...(anonymous ? [] : [size]),
      ...fieldClaims(type, cType, anonymous ? prefix : `${path}.`, offset),
    ];
  });
}

/** Every claim that a module's exports make. */
export function claimsOf(module: Readonly<Record<string, unknown>>): Claim[] {
  return Object.values(module).flatMap((value): Claim[] => {
    if (isLayout(value)) {
      if (value.cName === '') return [];
      const size = { c: `sizeof(${value.cName})`, value: value.sizeBytes };
      return [size, ...fieldClaims(value, value.cName, '', 0)];
    }
    if (isRequest(value)) return [{ c: value.name, value: value.number }];
    if (!isConstants(value)) return [];
    return Object.entries(value).map(([c, constant]) => ({ c, value: constant }));
  });
}

/** A C program that prints the value of each claim, a line each. */
export function cProgram(claims: readonly Claim[]): string {
  return [
    '#include <stddef.h>',
    '#include <stdio.h>',
    '#include <linux/kvm.h>',
    'int main(void) {',
    ...claims.map(({ c }) => `  printf("%llu\\n", (unsigned long long)(${c}));`),
    '  return 0;',
    '}',
    '',
  ].join('\n');
}
