import { kvmIoeventfd } from '../kvm/abi/memory.js';
import { decodeStruct, setFields, type FieldsOf } from './kernel-struct.js';

/** A guest's write that signals an eventfd instead of exiting: struct kvm_ioeventfd. */
export class IOEventFD {
  /** With flag 1: only this value counts. */
  datamatch = 0n;
  /** A guest-physical address, or with flag 2 a port. */
  addr = 0n;
  /** 1, 2, 4 or 8 bytes; 0 for any. */
  len = 0;
  fd = 0;
  /** 1 match the data, 2 port I/O, 4 take away, 8 virtio-ccw. */
  flags = 0;

  constructor(values: FieldsOf<IOEventFD> = {}) {
    setFields(this, values);
  }

  encode(): Uint8Array {
    const { datamatch, addr, len, fd, flags } = this;
    return kvmIoeventfd.allocate({ datamatch, addr, len, fd, flags }).bytes;
  }

  static decode(bytes: Uint8Array): IOEventFD {
    const { datamatch, addr, len, fd, flags } = decodeStruct(kvmIoeventfd, bytes);
    return new IOEventFD({ datamatch, addr, len, fd, flags });
  }
}
