import type { FieldType, ValueOf } from './layout.js';

/** Field names (camelCase) with their types, in the order of the C declaration. */
export type Fields = Readonly<Record<string, FieldType<unknown>>>;

/** A decoded struct: one property per field over live `bytes`. */
export type StructOf<F> = { -readonly [K in keyof F]: ValueOf<F[K]> } & StructBytes<F>;

/** What every decoded struct has beside its fields. */
export interface StructBytes<F> {
  /** The struct itself, as the kernel reads and writes it. */
  readonly bytes: Uint8Array;
  /** Writes the given fields, leaves the others. Returns the struct. */
  assign(values: Partial<{ [K in keyof F]: ValueOf<F[K]> }>): StructOf<F>;
}

/** Decoded type of a layout: `type Regs = Decoded<typeof kvmRegs>`. */
export type Decoded<L> = L extends StructLayout<infer F> ? StructOf<F> : never;

/** The layout of a C struct: its fields, where they lie, and how to make one or look at one. */
export interface StructLayout<F extends Fields = Fields> extends FieldType<StructOf<F>> {
  /** The C type (`struct kvm_regs`), or C expressions for a struct that has no name of its own. */
  readonly cName: string;
  readonly fields: F;
  readonly offsets: { readonly [K in keyof F]: number };
  /** C names of fields where they are not our names in snake_case. */
  readonly cFieldNames: Readonly<Record<string, string>>;
  /** A new struct, all zero. */
  allocate(values?: Partial<{ [K in keyof F]: ValueOf<F[K]> }>): StructOf<F>;
  /** An accessor over bytes that are already there. They must be `sizeBytes` long or longer. */
  over(bytes: Uint8Array): StructOf<F>;
}

const alignUp = (value: number, to: number): number => Math.ceil(value / to) * to;

interface Shape {
  readonly sizeBytes: number;
  readonly alignBytes: number;
  readonly offsets: Record<string, number>;
}

function place(fields: Fields, overlap: boolean): Shape {
  let end = 0;
  let alignBytes = 1;
  const offsets: Record<string, number> = {};
  for (const [name, type] of Object.entries(fields)) {
    const offset = overlap ? 0 : alignUp(end, type.alignBytes);
    offsets[name] = offset;
    end = Math.max(end, offset + type.sizeBytes);
    alignBytes = Math.max(alignBytes, type.alignBytes);
  }
  return { sizeBytes: alignUp(end, alignBytes), alignBytes, offsets };
}

/** Makes the class whose instances are the accessors: getters and setters on one prototype. */
function accessorClass(fields: Fields, shape: Shape) {
  class Accessor {
    readonly #view: DataView;
    readonly bytes: Uint8Array;

    constructor(view: DataView, offset: number) {
      this.bytes = new Uint8Array(view.buffer, view.byteOffset + offset, shape.sizeBytes);
      this.#view = new DataView(view.buffer, view.byteOffset + offset, shape.sizeBytes);
    }

    static viewOf(accessor: Accessor): DataView {
      return accessor.#view;
    }

    assign(values: Record<string, unknown>): this {
      return Object.assign(this, values);
    }
  }
  for (const [name, type] of Object.entries(fields)) {
    const offset = shape.offsets[name]!;
    Object.defineProperty(Accessor.prototype, name, {
      enumerable: true,
      get(this: Accessor) {
        return type.read(Accessor.viewOf(this), offset);
      },
      set(this: Accessor, value: unknown) {
        type.write(Accessor.viewOf(this), offset, value);
      },
    });
  }
  return Accessor;
}

function layout<const F extends Fields>(
  cName: string,
  fields: F,
  overlap: boolean,
  cFieldNames: Readonly<Record<string, string>>,
): StructLayout<F> {
  const shape = place(fields, overlap);
  const Accessor = accessorClass(fields, shape);
  const read = (view: DataView, offset: number): StructOf<F> =>
    new Accessor(view, offset) as unknown as StructOf<F>;
  return {
    cName,
    fields,
    cFieldNames,
    sizeBytes: shape.sizeBytes,
    alignBytes: shape.alignBytes,
    offsets: shape.offsets as { [K in keyof F]: number },
    read,
    write(view, offset, value) {
      new Uint8Array(view.buffer, view.byteOffset + offset, shape.sizeBytes).set(value.bytes);
    },
    allocate(values) {
      const made = read(new DataView(new ArrayBuffer(shape.sizeBytes)), 0);
      return values === undefined ? made : made.assign(values);
    },
    over(bytes) {
      return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0);
    },
  };
}

/**
 * A struct from its field list. `cName` is the C type; `cFieldNames` names the fields whose C
 * name is not our name in snake_case. A name starting with `pad` or `reserved` needs no C name.
 */
export function struct<const F extends Fields>(
  cName: string,
  fields: F,
  cFieldNames: Readonly<Record<string, string>> = {},
): StructLayout<F> {
  return layout(cName, fields, false, cFieldNames);
}

/** A union: every member at offset 0. Anonymous in C unless `cName` says otherwise. */
export function union<const F extends Fields>(cName: string, fields: F): StructLayout<F> {
  return layout(cName, fields, true, {});
}
