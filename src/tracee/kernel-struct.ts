import { inputError } from '../base/errors.js';

/** 64-bit fields are bigint; where they are given a number will do. */
type Given<V> = V extends bigint ? bigint | number : V;

/** What a struct class may be constructed from: any of its fields. */
export type FieldsOf<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]?: Given<T[K]>;
};

/** Sets the given fields of a new struct; the others keep their zeros. */
export function setFields<T extends object>(target: T, values: FieldsOf<T>): void {
  const fields = target as Record<string, unknown>;
  for (const [name, value] of Object.entries(values)) {
    const wide = typeof fields[name] === 'bigint' && typeof value === 'number';
    fields[name] = wide ? BigInt(value) : value;
  }
}

interface Layout<S> {
  readonly cName: string;
  readonly sizeBytes: number;
  over(bytes: Uint8Array): S;
}

/** A kernel struct over bytes. Throws a KvmtraceError when they are too few. */
export function decodeStruct<S>(layout: Layout<S>, bytes: Uint8Array): S {
  if (bytes.length < layout.sizeBytes) {
    throw inputError(
      `A ${layout.cName} has ${layout.sizeBytes} bytes and only ${bytes.length} were given: pass all of it.`,
    );
  }
  // A copy: what is decoded does not change with the bytes, and is aligned whatever they are.
  return layout.over(bytes.slice(0, layout.sizeBytes));
}

/** `0x2a`, and `0` for zero: C's %#x. */
export function hex(value: number | bigint): string {
  return value === 0 || value === 0n ? '0' : `0x${value.toString(16)}`;
}
