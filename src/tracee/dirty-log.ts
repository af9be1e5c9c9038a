import { kvmClearDirtyLog, kvmDirtyLog } from '../kvm/abi/memory.js';
import { addressOf } from '../kvm/libc.js';
import { decodeStruct, setFields, type FieldsOf } from './kernel-struct.js';

/** Which pages of a slot were written: struct kvm_dirty_log. */
export class DirtyLog {
  slot = 0;
  /** Address of the bitmap: a bit per page, in whole 64-bit words. */
  dirtyBitmap = 0n;
  /** Keeps the bitmap where it is as long as the struct lives. */
  readonly bitmap: Uint8Array | undefined;

  constructor(values: FieldsOf<DirtyLog> = {}) {
    this.bitmap = values.bitmap;
    if (values.bitmap !== undefined) this.dirtyBitmap = addressOf(values.bitmap);
    setFields(this, values);
  }

  encode(): Uint8Array {
    const { slot, dirtyBitmap } = this;
    return kvmDirtyLog.allocate({ slot, dirtyBitmap }).bytes;
  }

  static decode(bytes: Uint8Array): DirtyLog {
    const { slot, dirtyBitmap } = decodeStruct(kvmDirtyLog, bytes);
    return new DirtyLog({ slot, dirtyBitmap });
  }
}

/** Which pages of a slot are to be clean again: struct kvm_clear_dirty_log. */
export class ClearDirtyLog {
  slot = 0;
  numPages = 0;
  /** A multiple of 64. */
  firstPage = 0n;
  /** Address of the bitmap: 1 clears. */
  dirtyBitmap = 0n;
  /** Keeps the bitmap where it is as long as the struct lives. */
  readonly bitmap: Uint8Array | undefined;

  constructor(values: FieldsOf<ClearDirtyLog> = {}) {
    this.bitmap = values.bitmap;
    if (values.bitmap !== undefined) this.dirtyBitmap = addressOf(values.bitmap);
    setFields(this, values);
  }

  encode(): Uint8Array {
    const { slot, numPages, firstPage, dirtyBitmap } = this;
    return kvmClearDirtyLog.allocate({ slot, numPages, firstPage, dirtyBitmap }).bytes;
  }

  static decode(bytes: Uint8Array): ClearDirtyLog {
    const { slot, numPages, firstPage, dirtyBitmap } = decodeStruct(kvmClearDirtyLog, bytes);
    return new ClearDirtyLog({ slot, numPages, firstPage, dirtyBitmap });
  }
}
