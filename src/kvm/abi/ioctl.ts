import { kvmEnableCap, kvmMsrFilter } from './capability.js';
import { kvmCpuid2 } from './cpuid.js';
import { kvmGuestDebug, kvmTranslation } from './debug.js';
import {
  kvmInterrupt,
  kvmSignalMask,
  kvmTprAccessCtl,
  kvmVapicAddr,
  kvmVcpuEvents,
} from './events.js';
import {
  kvmClearDirtyLog,
  kvmDirtyLog,
  kvmIoeventfd,
  kvmMemoryRegion,
  kvmUserspaceMemoryRegion,
} from './memory.js';
import {
  kvmDebugregs,
  kvmFpu,
  kvmMpState,
  kvmMsrList,
  kvmMsrs,
  kvmRegs,
  kvmSregs,
  kvmXcrs,
  kvmXsave,
} from './registers.js';

/** An ioctl: the name is for messages, the number for the kernel. */
export interface Request {
  readonly name: string;
  readonly number: number;
}

/** The ioctl type of all of KVM's requests. */
export const KVMIO = 0xae;

/** <asm-generic/ioctl.h>: direction in bits 30–31, size in 16–29, type in 8–15, number in 0–7. */
const NONE = 0;
const WRITE = 1;
const READ = 2;

function request(name: string, direction: number, nr: number, sizeBytes: number): Request {
  return { name, number: ((direction << 30) | (sizeBytes << 16) | (KVMIO << 8) | nr) >>> 0 };
}

interface Sized {
  readonly sizeBytes: number;
}

const io = (name: string, nr: number) => request(name, NONE, nr, 0);
const ior = (name: string, nr: number, type: Sized) => request(name, READ, nr, type.sizeBytes);
const iow = (name: string, nr: number, type: Sized) => request(name, WRITE, nr, type.sizeBytes);
const iowr = (name: string, nr: number, type: Sized) =>
  request(name, READ | WRITE, nr, type.sizeBytes);

const u64 = { sizeBytes: 8 };

// On /dev/kvm.
export const KVM_GET_API_VERSION = io('KVM_GET_API_VERSION', 0x00);
export const KVM_CREATE_VM = io('KVM_CREATE_VM', 0x01);
export const KVM_GET_MSR_INDEX_LIST = iowr('KVM_GET_MSR_INDEX_LIST', 0x02, kvmMsrList);
export const KVM_CHECK_EXTENSION = io('KVM_CHECK_EXTENSION', 0x03);
export const KVM_GET_VCPU_MMAP_SIZE = io('KVM_GET_VCPU_MMAP_SIZE', 0x04);
export const KVM_GET_SUPPORTED_CPUID = iowr('KVM_GET_SUPPORTED_CPUID', 0x05, kvmCpuid2);
export const KVM_GET_EMULATED_CPUID = iowr('KVM_GET_EMULATED_CPUID', 0x09, kvmCpuid2);
export const KVM_GET_MSR_FEATURE_INDEX_LIST = iowr(
  'KVM_GET_MSR_FEATURE_INDEX_LIST',
  0x0a,
  kvmMsrList,
);

// On a VM.
export const KVM_SET_MEMORY_REGION = iow('KVM_SET_MEMORY_REGION', 0x40, kvmMemoryRegion);
export const KVM_CREATE_VCPU = io('KVM_CREATE_VCPU', 0x41);
export const KVM_GET_DIRTY_LOG = iow('KVM_GET_DIRTY_LOG', 0x42, kvmDirtyLog);
export const KVM_SET_NR_MMU_PAGES = io('KVM_SET_NR_MMU_PAGES', 0x44);
export const KVM_GET_NR_MMU_PAGES = io('KVM_GET_NR_MMU_PAGES', 0x45);
export const KVM_SET_USER_MEMORY_REGION = iow(
  'KVM_SET_USER_MEMORY_REGION',
  0x46,
  kvmUserspaceMemoryRegion,
);
export const KVM_SET_TSS_ADDR = io('KVM_SET_TSS_ADDR', 0x47);
export const KVM_SET_IDENTITY_MAP_ADDR = iow('KVM_SET_IDENTITY_MAP_ADDR', 0x48, u64);
export const KVM_CREATE_IRQCHIP = io('KVM_CREATE_IRQCHIP', 0x60);
export const KVM_SET_BOOT_CPU_ID = io('KVM_SET_BOOT_CPU_ID', 0x78);
export const KVM_IOEVENTFD = iow('KVM_IOEVENTFD', 0x79, kvmIoeventfd);
export const KVM_CLEAR_DIRTY_LOG = iowr('KVM_CLEAR_DIRTY_LOG', 0xc0, kvmClearDirtyLog);
export const KVM_X86_SET_MSR_FILTER = iow('KVM_X86_SET_MSR_FILTER', 0xc6, kvmMsrFilter);
export const KVM_RESET_DIRTY_RINGS = io('KVM_RESET_DIRTY_RINGS', 0xc7);

// On a vCPU (KVM_ENABLE_CAP and the TSC ones on a VM too).
export const KVM_RUN = io('KVM_RUN', 0x80);
export const KVM_GET_REGS = ior('KVM_GET_REGS', 0x81, kvmRegs);
export const KVM_SET_REGS = iow('KVM_SET_REGS', 0x82, kvmRegs);
export const KVM_GET_SREGS = ior('KVM_GET_SREGS', 0x83, kvmSregs);
export const KVM_SET_SREGS = iow('KVM_SET_SREGS', 0x84, kvmSregs);
export const KVM_TRANSLATE = iowr('KVM_TRANSLATE', 0x85, kvmTranslation);
export const KVM_INTERRUPT = iow('KVM_INTERRUPT', 0x86, kvmInterrupt);
export const KVM_GET_MSRS = iowr('KVM_GET_MSRS', 0x88, kvmMsrs);
export const KVM_SET_MSRS = iow('KVM_SET_MSRS', 0x89, kvmMsrs);
export const KVM_SET_SIGNAL_MASK = iow('KVM_SET_SIGNAL_MASK', 0x8b, kvmSignalMask);
export const KVM_GET_FPU = ior('KVM_GET_FPU', 0x8c, kvmFpu);
export const KVM_SET_FPU = iow('KVM_SET_FPU', 0x8d, kvmFpu);
export const KVM_SET_CPUID2 = iow('KVM_SET_CPUID2', 0x90, kvmCpuid2);
export const KVM_GET_CPUID2 = iowr('KVM_GET_CPUID2', 0x91, kvmCpuid2);
export const KVM_TPR_ACCESS_REPORTING = iowr('KVM_TPR_ACCESS_REPORTING', 0x92, kvmTprAccessCtl);
export const KVM_SET_VAPIC_ADDR = iow('KVM_SET_VAPIC_ADDR', 0x93, kvmVapicAddr);
export const KVM_GET_MP_STATE = ior('KVM_GET_MP_STATE', 0x98, kvmMpState);
export const KVM_SET_MP_STATE = iow('KVM_SET_MP_STATE', 0x99, kvmMpState);
export const KVM_NMI = io('KVM_NMI', 0x9a);
export const KVM_SET_GUEST_DEBUG = iow('KVM_SET_GUEST_DEBUG', 0x9b, kvmGuestDebug);
export const KVM_GET_VCPU_EVENTS = ior('KVM_GET_VCPU_EVENTS', 0x9f, kvmVcpuEvents);
export const KVM_SET_VCPU_EVENTS = iow('KVM_SET_VCPU_EVENTS', 0xa0, kvmVcpuEvents);
export const KVM_GET_DEBUGREGS = ior('KVM_GET_DEBUGREGS', 0xa1, kvmDebugregs);
export const KVM_SET_DEBUGREGS = iow('KVM_SET_DEBUGREGS', 0xa2, kvmDebugregs);
export const KVM_SET_TSC_KHZ = io('KVM_SET_TSC_KHZ', 0xa2);
export const KVM_GET_TSC_KHZ = io('KVM_GET_TSC_KHZ', 0xa3);
export const KVM_ENABLE_CAP = iow('KVM_ENABLE_CAP', 0xa3, kvmEnableCap);
export const KVM_GET_XSAVE = ior('KVM_GET_XSAVE', 0xa4, kvmXsave);
export const KVM_SET_XSAVE = iow('KVM_SET_XSAVE', 0xa5, kvmXsave);
export const KVM_GET_XCRS = ior('KVM_GET_XCRS', 0xa6, kvmXcrs);
export const KVM_SET_XCRS = iow('KVM_SET_XCRS', 0xa7, kvmXcrs);
export const KVM_GET_XSAVE2 = ior('KVM_GET_XSAVE2', 0xcf, kvmXsave);
