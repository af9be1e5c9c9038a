import { kvmMemoryRegion, kvmUserspaceMemoryRegion } from '../kvm/abi/memory.js';
import { addressOf } from '../kvm/libc.js';
import { decodeStruct, setFields, type FieldsOf } from './kernel-struct.js';

/** Memory that the kernel provides: struct kvm_memory_region, for KVM_SET_MEMORY_REGION. */
export class MemoryRegion {
  slot = 0;
  flags = 0;
  /** Guest-physical address. */
  gpa = 0n;
  /** Bytes. */
  size = 0n;

  constructor(values: FieldsOf<MemoryRegion> = {}) {
    setFields(this, values);
  }

  encode(): Uint8Array {
    const { slot, flags, gpa, size } = this;
    return kvmMemoryRegion.allocate({ slot, flags, guestPhysAddr: gpa, memorySize: size }).bytes;
  }

  static decode(bytes: Uint8Array): MemoryRegion {
    const { slot, flags, guestPhysAddr, memorySize } = decodeStruct(kvmMemoryRegion, bytes);
    return new MemoryRegion({ slot, flags, gpa: guestPhysAddr, size: memorySize });
  }
}

/** The same struct, for KVM_CREATE_MEMORY_REGION. */
export class CreateRegion extends MemoryRegion {
  static override decode(bytes: Uint8Array): CreateRegion {
    const { slot, flags, gpa, size } = MemoryRegion.decode(bytes);
    return new CreateRegion({ slot, flags, gpa, size });
  }
}

/** Memory of this process as guest memory: struct kvm_userspace_memory_region. */
export class UserRegion {
  slot = 0;
  /** 1 log dirty pages, 2 read-only. */
  flags = 0;
  /** Guest-physical address. */
  gpa = 0n;
  /** Bytes; 0 deletes the slot. */
  size = 0n;
  /** Where the memory is in this process. */
  userAddr = 0n;

  constructor(values: FieldsOf<UserRegion> = {}) {
    setFields(this, values);
  }

  encode(): Uint8Array {
    const { slot, flags, gpa, size, userAddr } = this;
    return kvmUserspaceMemoryRegion.allocate({
      ...{ slot, flags, guestPhysAddr: gpa },
      ...{ memorySize: size, userspaceAddr: userAddr },
    }).bytes;
  }

  static decode(bytes: Uint8Array): UserRegion {
    const region = decodeStruct(kvmUserspaceMemoryRegion, bytes);
    const { slot, flags, guestPhysAddr: gpa, memorySize: size, userspaceAddr: userAddr } = region;
    return new UserRegion({ slot, flags, gpa, size, userAddr });
  }
}

/** A memory slot of a tracee with its memory. */
export class Region {
  readonly slot: number;
  readonly flags: number;
  /** Guest-physical address. */
  readonly gpa: bigint;
  /** The memory itself. */
  readonly data: Uint8Array;

  constructor(values: { slot: number; flags?: number; gpa: bigint | number; data: Uint8Array }) {
    this.slot = values.slot;
    this.flags = values.flags ?? 0;
    this.gpa = BigInt(values.gpa);
    this.data = values.data;
  }

  /** What KVM was told of it: to change its flags, say, with `Tracee.setUserMemoryRegion`. */
  toUserRegion(): UserRegion {
    const { slot, flags, gpa, data } = this;
    return new UserRegion({ slot, flags, gpa, size: data.length, userAddr: addressOf(data) });
  }

  /** As struct kvm_userspace_memory_region. */
  encode(): Uint8Array {
    return this.toUserRegion().encode();
  }

  /**
   * From a struct kvm_userspace_memory_region. An address alone gives no access to memory, so the
   * memory that it points to is passed too.
   */
  static decode(bytes: Uint8Array, data: Uint8Array): Region {
    const { slot, flags, gpa } = UserRegion.decode(bytes);
    return new Region({ slot, flags, gpa, data });
  }
}
