import { inputError } from '../base/errors.js';
import { kvmGuestDebug, kvmTranslation } from '../kvm/abi/debug.js';
import { kvmSignalMask, kvmTprAccessCtl, kvmVapicAddr } from '../kvm/abi/events.js';
import { decodeStruct, setFields, type FieldsOf } from './kernel-struct.js';

/** Guest-linear to guest-physical: struct kvm_translation. */
export class Translate {
  /** What is asked. */
  linearAddress = 0n;
  /** The answer; all ones where there is none. */
  physicalAddress = 0n;
  /** 1 where the address is mapped. */
  valid = 0;
  writeable = 0;
  usermode = 0;

  constructor(values: FieldsOf<Translate> = {}) {
    setFields(this, values);
  }

  encode(): Uint8Array {
    return kvmTranslation.allocate(this).bytes;
  }

  static decode(bytes: Uint8Array): Translate {
    const decoded = decodeStruct(kvmTranslation, bytes);
    const { linearAddress, physicalAddress, valid, writeable, usermode } = decoded;
    return new Translate({ linearAddress, physicalAddress, valid, writeable, usermode });
  }
}

/** Debugging of a guest: struct kvm_guest_debug. */
export class DebugControl {
  /** `Enable`, `SingleStep`, 0x20000 for hardware breakpoints, … (KVM api.rst, 4.87). */
  control = 0;
  /** DR0–DR7 that the host wants in force. */
  debugreg: readonly bigint[] = Array.from({ length: 8 }, () => 0n);

  constructor(values: FieldsOf<DebugControl> = {}) {
    setFields(this, values);
  }

  encode(): Uint8Array {
    const { control, debugreg } = this;
    if (debugreg.length !== 8) {
      throw inputError(`There are 8 debug registers, not ${debugreg.length}: give them all.`);
    }
    return kvmGuestDebug.allocate({ control, debugreg: BigUint64Array.from(debugreg) }).bytes;
  }

  static decode(bytes: Uint8Array): DebugControl {
    const { control, debugreg } = decodeStruct(kvmGuestDebug, bytes);
    return new DebugControl({ control, debugreg: [...debugreg] });
  }
}

/** Signals blocked while the guest runs: struct kvm_signal_mask with its sigset. */
export class SetSignalMask {
  /** A bit per signal, signal 1 lowest. The kernel takes 8 bytes. */
  sigset: Uint8Array = new Uint8Array(8);

  constructor(values: FieldsOf<Pick<SetSignalMask, 'sigset'>> = {}) {
    if (values.sigset !== undefined) this.sigset = values.sigset;
  }

  /** Bytes of the sigset. */
  get len(): number {
    return this.sigset.length;
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(kvmSignalMask.sizeBytes + this.len);
    bytes.set(kvmSignalMask.allocate({ len: this.len }).bytes);
    bytes.set(this.sigset, kvmSignalMask.sizeBytes);
    return bytes;
  }

  static decode(bytes: Uint8Array): SetSignalMask {
    const { len } = decodeStruct(kvmSignalMask, bytes);
    const sigset = bytes.slice(kvmSignalMask.sizeBytes, kvmSignalMask.sizeBytes + len);
    if (sigset.length < len) {
      throw inputError(
        `A struct kvm_signal_mask of ${len} bytes was given only ${sigset.length} of them: pass all of it.`,
      );
    }
    return new SetSignalMask({ sigset });
  }
}

/** Whether accesses to the task priority register exit: struct kvm_tpr_access_ctl. */
export class TPRAccessCtl {
  enabled = 0;
  flags = 0;

  constructor(values: FieldsOf<TPRAccessCtl> = {}) {
    setFields(this, values);
  }

  encode(): Uint8Array {
    const { enabled, flags } = this;
    return kvmTprAccessCtl.allocate({ enabled, flags }).bytes;
  }

  static decode(bytes: Uint8Array): TPRAccessCtl {
    const { enabled, flags } = decodeStruct(kvmTprAccessCtl, bytes);
    return new TPRAccessCtl({ enabled, flags });
  }
}

/** Where the virtual APIC page is: struct kvm_vapic_addr. */
export class VAPICAddr {
  /** Guest-physical address. */
  addr = 0n;

  constructor(values: FieldsOf<VAPICAddr> = {}) {
    setFields(this, values);
  }

  encode(): Uint8Array {
    return kvmVapicAddr.allocate({ vapicAddr: this.addr }).bytes;
  }

  static decode(bytes: Uint8Array): VAPICAddr {
    return new VAPICAddr({ addr: decodeStruct(kvmVapicAddr, bytes).vapicAddr });
  }
}
