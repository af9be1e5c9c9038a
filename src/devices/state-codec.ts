import { inputError } from '../base/errors.js';

/**
 * Device state as bytes, from a list of fields: `{ ier: 'u8', armed: 'flag' }`. A state is a plain
 * object with those fields; its encoding has a fixed length, little-endian, without padding.
 */
type FieldKind = 'u8' | 'u16' | 'u32' | 'u53' | 'flag' | 'bytes16' | 'bytes128' | 'bytes256';

type FieldValue<K extends FieldKind> = K extends 'flag'
  ? boolean
  : K extends 'bytes16' | 'bytes128' | 'bytes256'
    ? Uint8Array
    : number;

/** The fields of a device's state, by name, in the order in which they are encoded. */
export type StateFields = Readonly<Record<string, FieldKind>>;

/** The state that has these fields. */
export type StateOf<F extends StateFields> = { -readonly [K in keyof F]: FieldValue<F[K]> };

const SIZES: Readonly<Record<FieldKind, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  u53: 8,
  flag: 1,
  bytes16: 16,
  bytes128: 128,
  bytes256: 256,
};

type Value = number | boolean | Uint8Array;

function put(view: DataView, at: number, kind: FieldKind, value: Value): void {
  if (value instanceof Uint8Array) {
    new Uint8Array(view.buffer, view.byteOffset + at, value.length).set(value);
    return;
  }
  const number = Number(value);
  if (kind === 'u16') view.setUint16(at, number, true);
  else if (kind === 'u32') view.setUint32(at, number, true);
  else if (kind === 'u53') view.setBigUint64(at, BigInt(number), true);
  else view.setUint8(at, number);
}

/** The value at `at`; undefined where the bytes are none of this kind. */
function take(view: DataView, at: number, kind: FieldKind): Value | undefined {
  switch (kind) {
    case 'u8':
      return view.getUint8(at);
    case 'u16':
      return view.getUint16(at, true);
    case 'u32':
      return view.getUint32(at, true);
    case 'u53': {
      const number = Number(view.getBigUint64(at, true));
      return Number.isSafeInteger(number) ? number : undefined;
    }
    case 'flag': {
      const byte = view.getUint8(at);
      return byte > 1 ? undefined : byte === 1;
    }
    case 'bytes16':
    case 'bytes128':
    case 'bytes256':
      return new Uint8Array(view.buffer, view.byteOffset + at, SIZES[kind]).slice();
  }
}

/** Turns the state of a device into the bytes of a snapshot and back. */
export interface StateCodec<F extends StateFields> {
  readonly sizeBytes: number;
  /** Everything zero or false. */
  initial(): StateOf<F>;
  encode(state: StateOf<F>): Uint8Array;
  /** Throws a KvmtraceError naming `device` when the bytes are not an encoded state. */
  decode(bytes: Uint8Array): StateOf<F>;
}

/** The codec of a device's state; `device` is for messages. */
export function stateCodec<const F extends StateFields>(device: string, fields: F): StateCodec<F> {
  const entries = Object.entries(fields);
  const sizeBytes = entries.reduce((sum, [, kind]) => sum + SIZES[kind], 0);
  return {
    sizeBytes,
    initial() {
      return this.decode(new Uint8Array(sizeBytes));
    },
    encode(state) {
      const bytes = new Uint8Array(sizeBytes);
      const view = new DataView(bytes.buffer);
      let at = 0;
      for (const [name, kind] of entries) {
        put(view, at, kind, state[name]!);
        at += SIZES[kind];
      }
      return bytes;
    },
    decode(bytes) {
      if (bytes.length !== sizeBytes) {
        throw inputError(
          `The snapshot has ${bytes.length} bytes for the device ${device} instead of ${sizeBytes}: it is broken, or of another version of kvmtrace; record again.`,
        );
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const state: Record<string, Value> = {};
      let at = 0;
      for (const [name, kind] of entries) {
        const value = take(view, at, kind);
        if (value === undefined) {
          throw inputError(
            `The snapshot has no sensible ${name} for the device ${device}: it is broken; record again.`,
          );
        }
        state[name] = value;
        at += SIZES[kind];
      }
      return state as StateOf<F>;
    },
  };
}
