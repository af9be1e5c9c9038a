/**
 * Layouts of C structs as field lists. Offsets, sizes and alignments follow from the list by the
 * System V AMD64 rules (every field at a multiple of its alignment, the size a multiple of the
 * largest), and test/kvm/abi compares each of them with what gcc makes of <linux/kvm.h>.
 *
 * A decoded struct is an accessor over its bytes, not a copy: reading and writing its properties
 * reads and writes the bytes, and `bytes` is what goes to the kernel or into a snapshot.
 */

/** One C type: its size, and how a value of it is read and written at an offset. */
export interface FieldType<V> {
  readonly sizeBytes: number;
  readonly alignBytes: number;
  read(view: DataView, offset: number): V;
  write(view: DataView, offset: number, value: V): void;
}

/** What a field of this type holds when it is decoded. */
export type ValueOf<T> = T extends FieldType<infer V> ? V : never;

const scalar = <V>(
  sizeBytes: number,
  read: (view: DataView, offset: number) => V,
  write: (view: DataView, offset: number, value: V) => void,
): FieldType<V> => ({ sizeBytes, alignBytes: sizeBytes, read, write });

/** An unsigned field of 8 bits. */
export const u8 = scalar<number>(
  1,
  (view, at) => view.getUint8(at),
  (view, at, value) => {
    view.setUint8(at, value);
  },
);
/** An unsigned field of 16 bits, little-endian. */
export const u16 = scalar<number>(
  2,
  (view, at) => view.getUint16(at, true),
  (view, at, value) => {
    view.setUint16(at, value, true);
  },
);
/** An unsigned field of 32 bits, little-endian. */
export const u32 = scalar<number>(
  4,
  (view, at) => view.getUint32(at, true),
  (view, at, value) => {
    view.setUint32(at, value, true);
  },
);
/** A signed field of 32 bits, little-endian. */
export const s32 = scalar<number>(
  4,
  (view, at) => view.getInt32(at, true),
  (view, at, value) => {
    view.setInt32(at, value, true);
  },
);
/** 64-bit integers are BigInt: none of them is read once per step through an accessor. */
export const u64 = scalar<bigint>(
  8,
  (view, at) => view.getBigUint64(at, true),
  (view, at, value) => {
    view.setBigUint64(at, value, true);
  },
);

/** `count` bytes, as a live Uint8Array. */
export function byteArray(count: number): FieldType<Uint8Array> {
  return {
    sizeBytes: count,
    alignBytes: 1,
    read: (view, at) => new Uint8Array(view.buffer, view.byteOffset + at, count),
    write: (view, at, value) => {
      if (value.length !== count) {
        throw new RangeError(`${count} bytes belong here, not ${value.length}`);
      }
      new Uint8Array(view.buffer, view.byteOffset + at, count).set(value);
    },
  };
}

/** `count` 64-bit integers, as a live BigUint64Array (hosts of KVM on x86 are little-endian). */
export function u64Array(count: number): FieldType<BigUint64Array> {
  return {
    sizeBytes: 8 * count,
    alignBytes: 8,
    read: (view, at) => new BigUint64Array(view.buffer, view.byteOffset + at, count),
    write: (view, at, value) => {
      if (value.length !== count) {
        throw new RangeError(`${count} 64-bit integers belong here, not ${value.length}`);
      }
      for (const [index, word] of value.entries()) view.setBigUint64(at + 8 * index, word, true);
    },
  };
}

/** `count` values of a struct. The array is a list of accessors: write through its elements. */
export function arrayOf<V>(element: FieldType<V>, count: number): FieldType<readonly V[]> {
  return {
    sizeBytes: element.sizeBytes * count,
    alignBytes: element.alignBytes,
    read: (view, at) =>
      Array.from({ length: count }, (_, index) =>
        element.read(view, at + index * element.sizeBytes),
      ),
    write: (view, at, values) => {
      if (values.length !== count) {
        throw new RangeError(`${count} elements belong here, not ${values.length}`);
      }
      for (const [index, value] of values.entries()) {
        element.write(view, at + index * element.sizeBytes, value);
      }
    },
  };
}
