/**
 * HLT in place of the guest's code, for the length of one run: where KVM steps by TF it stops the vCPU
 * whatever the flags are. Hardware breakpoints do that too, but there are four of them, and a machine
 * that QEMU emulates does not pass them on to its guests (seen in 7.2: helper_vmrun loads DR7 and sets
 * no breakpoint).
 */
import { lowWord, highWord } from '../base/halves.js';
import type { LinearMemory } from '../machine/linear-memory.js';
import type { VcpuHost } from '../machine/vcpu-host.js';

const HLT = 0xf4;

interface Stop {
  readonly linear: bigint;
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** Of the byte, in this process. */
  readonly address: number;
  readonly saved: number;
}

/** Puts HLT in place of code for one run, and the code back after it. */
export class CodeStops {
  readonly #vcpu: Pick<VcpuHost, 'wrote'>;
  readonly #memory: LinearMemory;
  #stops: Stop[] = [];

  constructor(vcpu: Pick<VcpuHost, 'wrote'>, memory: LinearMemory) {
    this.#vcpu = vcpu;
    this.#memory = memory;
  }

  /** Where nothing is mapped there is nothing to be put. */
  set(addresses: readonly bigint[]): void {
    this.clear();
    const memory = this.#memory;
    for (const linear of addresses) {
      if (!memory.locate(lowWord(linear), highWord(linear))) continue;
      const { bytes, offset } = memory;
      const slot = memory.slots.find((each) => each.bytes === bytes)!;
      const address = slot.address + offset;
      this.#stops.push({ linear, bytes, offset, address, saved: bytes[offset]! });
      bytes[offset] = HLT;
    }
    this.#tell();
  }

  /** Puts the guest's code back. */
  clear(): void {
    if (this.#stops.length === 0) return;
    for (const { bytes, offset, saved } of this.#stops) bytes[offset] = saved;
    this.#tell();
    this.#stops = [];
  }

  /** Whether the vCPU, halted with rip behind its HLT, has come to one of them. */
  haltedAt(linearRip: bigint): boolean {
    return this.#stops.some(({ linear }) => linear + 1n === linearRip);
  }

  #tell(): void {
    for (const { address } of this.#stops) this.#vcpu.wrote(address, 1);
  }
}
