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
/** Of the device: the version of its API, 12 in every kernel that there is. */
export const KVM_GET_API_VERSION = io('KVM_GET_API_VERSION', 0x00);
/** Of the device: creates a VM and returns its file descriptor. */
export const KVM_CREATE_VM = io('KVM_CREATE_VM', 0x01);
/** Of the device: the MSRs that a guest may have beyond those of every processor. */
export const KVM_GET_MSR_INDEX_LIST = iowr('KVM_GET_MSR_INDEX_LIST', 0x02, kvmMsrList);
/** Of the device or a VM: whether a capability is there; 0 where it is not. */
export const KVM_CHECK_EXTENSION = io('KVM_CHECK_EXTENSION', 0x03);
/** Of the device: bytes to map of a vCPU's file descriptor. */
export const KVM_GET_VCPU_MMAP_SIZE = io('KVM_GET_VCPU_MMAP_SIZE', 0x04);
/** Of the device: the leaves of CPUID that this host and KVM can give a guest. */
export const KVM_GET_SUPPORTED_CPUID = iowr('KVM_GET_SUPPORTED_CPUID', 0x05, kvmCpuid2);
/** Of the device: features that KVM emulates though the processor lacks them. */
export const KVM_GET_EMULATED_CPUID = iowr('KVM_GET_EMULATED_CPUID', 0x09, kvmCpuid2);
/** Of the device: the MSRs that tell features. */
export const KVM_GET_MSR_FEATURE_INDEX_LIST = iowr(
  'KVM_GET_MSR_FEATURE_INDEX_LIST',
  0x0a,
  kvmMsrList,
);

// On a VM.
/** Of a VM: obsolete since user space provides the memory; the kernel only knows its name. */
export const KVM_SET_MEMORY_REGION = iow('KVM_SET_MEMORY_REGION', 0x40, kvmMemoryRegion);
/** Of a VM: creates a vCPU and returns its file descriptor. */
export const KVM_CREATE_VCPU = io('KVM_CREATE_VCPU', 0x41);
/** Of a VM: which pages of a slot were written since the last call. */
export const KVM_GET_DIRTY_LOG = iow('KVM_GET_DIRTY_LOG', 0x42, kvmDirtyLog);
/** Of a VM: how many pages the shadow MMU may use. */
export const KVM_SET_NR_MMU_PAGES = io('KVM_SET_NR_MMU_PAGES', 0x44);
/** Of a VM: how many pages the shadow MMU may use. */
export const KVM_GET_NR_MMU_PAGES = io('KVM_GET_NR_MMU_PAGES', 0x45);
/** Of a VM: gives it memory of this process at a guest-physical address. */
export const KVM_SET_USER_MEMORY_REGION = iow(
  'KVM_SET_USER_MEMORY_REGION',
  0x46,
  kvmUserspaceMemoryRegion,
);
/** Of a VM: three pages of guest-physical memory that VMX wants for its TSS. */
export const KVM_SET_TSS_ADDR = io('KVM_SET_TSS_ADDR', 0x47);
/** Of a VM: a page that VMX wants for its identity map. */
export const KVM_SET_IDENTITY_MAP_ADDR = iow('KVM_SET_IDENTITY_MAP_ADDR', 0x48, u64);
/** Of a VM: puts PIC, IOAPIC and the vCPUs' local APICs into the kernel. */
export const KVM_CREATE_IRQCHIP = io('KVM_CREATE_IRQCHIP', 0x60);
/** Of a VM: which vCPU is the bootstrap processor. */
export const KVM_SET_BOOT_CPU_ID = io('KVM_SET_BOOT_CPU_ID', 0x78);
/** Of a VM: lets a write to a port or to MMIO signal an eventfd instead of exiting. */
export const KVM_IOEVENTFD = iow('KVM_IOEVENTFD', 0x79, kvmIoeventfd);
/**
 * Of a VM: takes pages of a slot as clean again, where reading the log does not
 * (KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2).
 */
export const KVM_CLEAR_DIRTY_LOG = iowr('KVM_CLEAR_DIRTY_LOG', 0xc0, kvmClearDirtyLog);
/** Of a VM: which MSRs the guest may read and write. */
export const KVM_X86_SET_MSR_FILTER = iow('KVM_X86_SET_MSR_FILTER', 0xc6, kvmMsrFilter);
/** Of a VM: takes back the entries of dirty rings that were read, and watches their pages again. */
export const KVM_RESET_DIRTY_RINGS = io('KVM_RESET_DIRTY_RINGS', 0xc7);

// On a vCPU (KVM_ENABLE_CAP and the TSC ones on a VM too).
/** Runs the guest until something makes it exit; why, stands in struct kvm_run. */
export const KVM_RUN = io('KVM_RUN', 0x80);
/** Reads the general registers, rip and rflags. */
export const KVM_GET_REGS = ior('KVM_GET_REGS', 0x81, kvmRegs);
/** Writes the general registers, rip and rflags. */
export const KVM_SET_REGS = iow('KVM_SET_REGS', 0x82, kvmRegs);
/** Reads segment, table and control registers, EFER and the APIC base. */
export const KVM_GET_SREGS = ior('KVM_GET_SREGS', 0x83, kvmSregs);
/** Writes segment, table and control registers, EFER and the APIC base. */
export const KVM_SET_SREGS = iow('KVM_SET_SREGS', 0x84, kvmSregs);
/** Translates a linear address as the vCPU would. */
export const KVM_TRANSLATE = iowr('KVM_TRANSLATE', 0x85, kvmTranslation);
/** Queues an external interrupt, where the PIC is in user space. */
export const KVM_INTERRUPT = iow('KVM_INTERRUPT', 0x86, kvmInterrupt);
/** Reads MSRs; returns how many it could before the first that it refuses. */
export const KVM_GET_MSRS = iowr('KVM_GET_MSRS', 0x88, kvmMsrs);
/** Writes MSRs; returns how many it could before the first that it refuses. */
export const KVM_SET_MSRS = iow('KVM_SET_MSRS', 0x89, kvmMsrs);
/** Sets the signal mask that holds while KVM_RUN runs. */
export const KVM_SET_SIGNAL_MASK = iow('KVM_SET_SIGNAL_MASK', 0x8b, kvmSignalMask);
/** Reads x87 and SSE registers. */
export const KVM_GET_FPU = ior('KVM_GET_FPU', 0x8c, kvmFpu);
/** Writes x87 and SSE registers. */
export const KVM_SET_FPU = iow('KVM_SET_FPU', 0x8d, kvmFpu);
/** Sets what CPUID tells the guest; before the vCPU has run. */
export const KVM_SET_CPUID2 = iow('KVM_SET_CPUID2', 0x90, kvmCpuid2);
/** Reads what CPUID tells the guest. */
export const KVM_GET_CPUID2 = iowr('KVM_GET_CPUID2', 0x91, kvmCpuid2);
/** Makes accesses of the guest to the task priority register exit. */
export const KVM_TPR_ACCESS_REPORTING = iowr('KVM_TPR_ACCESS_REPORTING', 0x92, kvmTprAccessCtl);
/** Tells KVM where the guest's virtual APIC page lies. */
export const KVM_SET_VAPIC_ADDR = iow('KVM_SET_VAPIC_ADDR', 0x93, kvmVapicAddr);
/** Reads whether the vCPU runs, is halted or waits for INIT and SIPI. */
export const KVM_GET_MP_STATE = ior('KVM_GET_MP_STATE', 0x98, kvmMpState);
/** Sets whether the vCPU runs, is halted or waits for INIT and SIPI. */
export const KVM_SET_MP_STATE = iow('KVM_SET_MP_STATE', 0x99, kvmMpState);
/** Queues a non-maskable interrupt. */
export const KVM_NMI = io('KVM_NMI', 0x9a);
/** Turns single step, software and hardware breakpoints on or off. */
export const KVM_SET_GUEST_DEBUG = iow('KVM_SET_GUEST_DEBUG', 0x9b, kvmGuestDebug);
/** Reads exceptions, interrupts and NMIs that are pending, and shadows that hold them off. */
export const KVM_GET_VCPU_EVENTS = ior('KVM_GET_VCPU_EVENTS', 0x9f, kvmVcpuEvents);
/** Writes exceptions, interrupts and NMIs that are pending, and shadows that hold them off. */
export const KVM_SET_VCPU_EVENTS = iow('KVM_SET_VCPU_EVENTS', 0xa0, kvmVcpuEvents);
/** Reads the guest's own DR0 to DR3, DR6 and DR7. */
export const KVM_GET_DEBUGREGS = ior('KVM_GET_DEBUGREGS', 0xa1, kvmDebugregs);
/** Writes the guest's own DR0 to DR3, DR6 and DR7. */
export const KVM_SET_DEBUGREGS = iow('KVM_SET_DEBUGREGS', 0xa2, kvmDebugregs);
/** Sets the frequency of the guest's time-stamp counter in kHz. */
export const KVM_SET_TSC_KHZ = io('KVM_SET_TSC_KHZ', 0xa2);
/** Returns the frequency of the guest's time-stamp counter in kHz. */
export const KVM_GET_TSC_KHZ = io('KVM_GET_TSC_KHZ', 0xa3);
/** Turns on a capability that is off unless asked for. */
export const KVM_ENABLE_CAP = iow('KVM_ENABLE_CAP', 0xa3, kvmEnableCap);
/** Reads the XSAVE area, 4096 bytes. */
export const KVM_GET_XSAVE = ior('KVM_GET_XSAVE', 0xa4, kvmXsave);
/** Writes the XSAVE area. */
export const KVM_SET_XSAVE = iow('KVM_SET_XSAVE', 0xa5, kvmXsave);
/** Reads extended control registers: XCR0. */
export const KVM_GET_XCRS = ior('KVM_GET_XCRS', 0xa6, kvmXcrs);
/** Writes extended control registers: XCR0. */
export const KVM_SET_XCRS = iow('KVM_SET_XCRS', 0xa7, kvmXcrs);
/** Reads an XSAVE area that may be longer than 4096 bytes (KVM_CAP_XSAVE2 tells how long). */
export const KVM_GET_XSAVE2 = ior('KVM_GET_XSAVE2', 0xcf, kvmXsave);
