import { readdirSync } from 'node:fs';
import { release } from 'node:os';
import { KVM_RUN, type Request } from '../abi/ioctl.js';
import { fillMapping } from '../fill.js';
import {
  close,
  eventfd,
  ioctl,
  ioctlOrErrno,
  mmap,
  munmap,
  openReadWrite,
  readEventfd,
  type Mapping,
} from '../libc.js';
import {
  MAP_ANONYMOUS,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from '../mmap-flags.js';
import { localBurstLoop, type BurstLoop } from './burst-loop.js';
import type { HostDescription, KvmHost } from './host.js';
import { Ticks } from './ticks.js';

const READ_WRITE = PROT_READ | PROT_WRITE;

/** This machine's own KVM. */
export class LocalHost implements KvmHost {
  readonly kind = 'kvm';
  readonly isGone = false;
  readonly device: string;

  constructor(device = '/dev/kvm') {
    this.device = device;
  }

  open(): number {
    return openReadWrite(this.device);
  }

  close(fd: number): void {
    close(fd);
  }

  ioctl(fd: number, request: Request, argument?: number | Uint8Array): number {
    return ioctl(fd, request, argument);
  }

  enterer(fd: number): () => number {
    return () => ioctlOrErrno(fd, KVM_RUN.number);
  }

  startTicks(): Disposable {
    return new Ticks();
  }

  mapVcpu(fd: number, offset: number, length: number): Mapping {
    return mmap({ length, protection: READ_WRITE, flags: MAP_SHARED, fd, offset });
  }

  mapMemory(length: number, fill?: Uint8Array): Mapping {
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    const mapping = mmap({ length, protection: READ_WRITE, flags });
    if (fill !== undefined) fillMapping(mapping, fill);
    return mapping;
  }

  wrote(): void {
    // A processor sees by itself what was written.
  }

  unmap(mapping: Mapping): void {
    munmap(mapping);
  }

  eventfd(): number {
    return eventfd();
  }

  readEventfd(fd: number): bigint {
    return readEventfd(fd);
  }

  burstLoop(): BurstLoop | undefined {
    return localBurstLoop();
  }

  describe(): HostDescription {
    return { kind: this.kind, kernel: release(), modules: processorModules() };
  }
}

/** kvm_amd, kvm_intel, kvm_pvm: the loaded modules that make KVM run on this processor. */
export function processorModules(): string[] {
  try {
    return readdirSync('/sys/module')
      .filter((name) => name.startsWith('kvm_'))
      .sort();
  } catch {
    return [];
  }
}
