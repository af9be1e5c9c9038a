import { inputError } from '../base/errors.js';
import { kvmCpuid2, kvmCpuidEntry2, type CpuidEntry2 } from '../kvm/abi/cpuid.js';
import { decodeCpuid, encodeCpuid } from '../kvm/cpuid.js';
import { decodeStruct, hex, setFields, type FieldsOf } from './kernel-struct.js';

/** One CPUID leaf (struct kvm_cpuid_entry2). */
export class CPUIDEntry {
  function = 0;
  index = 0;
  /** 1: `index` matters (KVM_CPUID_FLAG_SIGNIFCANT_INDEX). */
  flags = 0;
  eax = 0;
  ebx = 0;
  ecx = 0;
  edx = 0;

  constructor(values: FieldsOf<CPUIDEntry> = {}) {
    setFields(this, values);
  }

  encode(): Uint8Array {
    return this.toKernel().bytes;
  }

  static decode(bytes: Uint8Array): CPUIDEntry {
    return CPUIDEntry.fromKernel(decodeStruct(kvmCpuidEntry2, bytes));
  }

  toKernel(): CpuidEntry2 {
    const { index, flags, eax, ebx, ecx, edx } = this;
    return kvmCpuidEntry2.allocate({
      function: this.function,
      ...{ index, flags, eax, ebx, ecx, edx },
    });
  }

  static fromKernel(entry: CpuidEntry2): CPUIDEntry {
    const { index, flags, eax, ebx, ecx, edx } = entry;
    return new CPUIDEntry({ function: entry.function, index, flags, eax, ebx, ecx, edx });
  }

  /** As strace prints it: `{function=0, index=0, flags=0, eax=0xd, …}`. */
  toString(): string {
    const { index, flags, eax, ebx, ecx, edx } = this;
    const fields = { function: this.function, index, flags, eax, ebx, ecx, edx };
    const printed = Object.entries(fields).map(([name, value]) => `${name}=${hex(value)}`);
    return `{${printed.join(', ')}}`;
  }
}

/** The CPUID leaves of a vCPU (struct kvm_cpuid2 with its entries). */
export class CPUIDInfo {
  readonly entries: readonly CPUIDEntry[];

  constructor(entries: readonly CPUIDEntry[] = []) {
    this.entries = entries;
  }

  /** How many entries there are. */
  get nent(): number {
    return this.entries.length;
  }

  encode(): Uint8Array {
    return encodeCpuid(this.entries.map((entry) => entry.toKernel()));
  }

  static decode(bytes: Uint8Array): CPUIDInfo {
    const { nent } = decodeStruct(kvmCpuid2, bytes);
    const needed = kvmCpuid2.sizeBytes + nent * kvmCpuidEntry2.sizeBytes;
    if (bytes.length < needed) {
      throw inputError(
        `A struct kvm_cpuid2 of ${nent} entries has ${needed} bytes and only ${bytes.length} were given: pass all of it.`,
      );
    }
    return CPUIDInfo.fromKernel(decodeCpuid(bytes.slice(0, needed)));
  }

  static fromKernel(entries: readonly CpuidEntry2[]): CPUIDInfo {
    return new CPUIDInfo(entries.map((entry) => CPUIDEntry.fromKernel(entry)));
  }

  /** As strace prints it, but with a line for each entry. */
  toString(): string {
    const lines = this.entries.map((entry) => entry.toString());
    return `{nent=${this.nent}, entries=[\n${lines.join(',\n')}\n]}`;
  }
}
