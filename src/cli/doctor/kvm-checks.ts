/** What /dev/kvm says of itself. How KVM behaves under single step is another file's business. */
import { cpus, release } from 'node:os';
import { KvmtraceError } from '../../errors.js';
import { CAP, type Capability } from '../../kvm/abi/capability.js';
import { Kvm } from '../../kvm/kvm.js';
import { KVM_API_VERSION } from '../../kvm/open-error.js';
import type { Check } from './check.js';

/** Capabilities that recording is built on, with what for. */
const REQUIRED: readonly (readonly [name: keyof typeof CAP, purpose: string])[] = [
  ['KVM_CAP_SYNC_REGS', 'registers without a system call a step'],
  ['KVM_CAP_SET_GUEST_DEBUG', 'single steps'],
  ['KVM_CAP_IMMEDIATE_EXIT', 'finishing an IO instruction without running the next'],
  ['KVM_CAP_VCPU_EVENTS', 'exceptions and interrupts'],
  ['KVM_CAP_XSAVE', 'x87, SSE and AVX registers'],
  ['KVM_CAP_XCRS', 'extended control registers'],
];

/** Machine and kernel, the device, its version and capabilities. Never throws KvmtraceErrors. */
export function kvmChecks(device: string | undefined): Check[] {
  const kernel: Check = {
    name: 'machine',
    verdict: 'ok',
    detail: `${cpus()[0]?.model ?? 'unknown processor'}, ${process.arch}, Linux ${release()}`,
  };
  let kvm: Kvm;
  try {
    kvm = Kvm.open(device);
  } catch (error) {
    if (!(error instanceof KvmtraceError)) throw error;
    return [kernel, { name: 'KVM', verdict: 'missing', detail: error.message }];
  }
  using opened = kvm;
  const has = (capability: Capability): number => opened.checkExtension(capability);
  return [
    kernel,
    { name: 'KVM', verdict: 'ok', detail: `${opened.device}, API version ${KVM_API_VERSION}` },
    ...REQUIRED.map(([name, purpose]): Check => {
      const present = has(CAP[name]) !== 0;
      const wayOut = present ? '' : ': use Linux 5.14 or newer';
      return { name, verdict: present ? 'ok' : 'missing', detail: purpose + wayOut };
    }),
    dirtyRing(has),
    createVm(opened),
  ];
}

function dirtyRing(has: (capability: Capability) => number): Check {
  const bytes = Math.max(has(CAP.KVM_CAP_DIRTY_LOG_RING_ACQ_REL), has(CAP.KVM_CAP_DIRTY_LOG_RING));
  return bytes > 0
    ? { name: 'dirty ring', verdict: 'ok', detail: `written pages, up to ${bytes} bytes of ring` }
    : { name: 'dirty ring', verdict: 'absent', detail: 'recording uses the slower dirty log' };
}

function createVm(kvm: Kvm): Check {
  try {
    kvm.createVm().close();
    return { name: 'virtual machine', verdict: 'ok', detail: 'can be created' };
  } catch (error) {
    if (!(error instanceof KvmtraceError)) throw error;
    return { name: 'virtual machine', verdict: 'missing', detail: error.message };
  }
}
