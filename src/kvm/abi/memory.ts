import { byteArray, s32, u32, u64 } from './layout.js';
import { struct, type Decoded } from './struct.js';

/** KVM_SET_MEMORY_REGION, which kernels since 3.x no longer have. */
export const kvmMemoryRegion = struct('struct kvm_memory_region', {
  slot: u32,
  flags: u32,
  guestPhysAddr: u64,
  memorySize: u64,
});

/** KVM_SET_USER_MEMORY_REGION. `memorySize` 0 deletes the slot. */
export const kvmUserspaceMemoryRegion = struct('struct kvm_userspace_memory_region', {
  slot: u32,
  flags: u32,
  guestPhysAddr: u64,
  memorySize: u64,
  userspaceAddr: u64,
});
/** A memory slot (struct kvm_userspace_memory_region). */
export type UserspaceMemoryRegion = Decoded<typeof kvmUserspaceMemoryRegion>;

/** `flags` of a memory slot. */
export const MEM = { KVM_MEM_LOG_DIRTY_PAGES: 1, KVM_MEM_READONLY: 2 } as const;

/** KVM_GET_DIRTY_LOG: `dirtyBitmap` is the address of a bit for each page of the slot. */
export const kvmDirtyLog = struct('struct kvm_dirty_log', {
  slot: u32,
  padding1: u32,
  dirtyBitmap: u64,
});

/** KVM_CLEAR_DIRTY_LOG (KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2). */
export const kvmClearDirtyLog = struct('struct kvm_clear_dirty_log', {
  slot: u32,
  numPages: u32,
  firstPage: u64,
  dirtyBitmap: u64,
});

/** An entry of the dirty ring. `slot` has the address space in its upper 16 bits. */
export const kvmDirtyGfn = struct('struct kvm_dirty_gfn', { flags: u32, slot: u32, offset: u64 });

/** `flags` of a dirty ring entry: 0 empty, 1 dirty, 2 harvested. */
export const DIRTY_GFN = { KVM_DIRTY_GFN_F_DIRTY: 1, KVM_DIRTY_GFN_F_RESET: 2 } as const;

/** Where in the mmap of a vCPU fd the rings lie, in pages. */
export const PAGE_OFFSET = {
  KVM_PIO_PAGE_OFFSET: 1,
  KVM_COALESCED_MMIO_PAGE_OFFSET: 2,
  KVM_DIRTY_LOG_PAGE_OFFSET: 64,
} as const;

/** KVM_IOEVENTFD. `len` 1, 2, 4, 8, or 0 for any length. */
export const kvmIoeventfd = struct('struct kvm_ioeventfd', {
  datamatch: u64,
  addr: u64,
  len: u32,
  fd: s32,
  flags: u32,
  pad: byteArray(36),
});

/** `flags` of kvm_ioeventfd. */
export const IOEVENTFD_FLAG = {
  KVM_IOEVENTFD_FLAG_DATAMATCH: 1,
  KVM_IOEVENTFD_FLAG_PIO: 2,
  KVM_IOEVENTFD_FLAG_DEASSIGN: 4,
  KVM_IOEVENTFD_FLAG_VIRTIO_CCW_NOTIFY: 8,
} as const;
