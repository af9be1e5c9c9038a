/**
 * Where everything lies in the memory of the doctor's guests. One layout serves all modes, so that
 * one VM can run every guest: its tables never change under KVM's shadow page tables.
 */

/** RAM from 0 on; what lies above is MMIO. Real mode must reach all of the code with cs = 0. */
export const RAM_BYTES = 0x20000;

/** Real mode's vector table. */
export const IVT = 0x0;
/** Guest-physical address of the descriptor table; all of these are addresses in the first MiB. */
export const GDT = 0x1000;
/** Address of the task state segment of protected mode. */
export const TSS32 = 0x2000;
/** Address of the task state segment of long mode. */
export const TSS64 = 0x2800;
/** Address of the interrupt descriptor table of protected mode. */
export const IDT32 = 0x3000;
/** Address of the interrupt descriptor table of long mode. */
export const IDT64 = 0x4000;

/** One handler of HANDLER_BYTES for each vector. */
export const HANDLERS = 0x5000;
/** Bytes from one vector's handler to the next. */
export const HANDLER_BYTES = 16;

/** Stacks grow down from these. */
export const STACK = 0x7000;
/** Stack pointer of level 0, once a gate of level 3 has been taken. */
export const KERNEL_STACK = 0x7800;
/** Stack pointer of level 3. */
export const USER_STACK = 0xb000;

/** The guest's instructions, one after the other. */
export const CODE = 0x8000;
/** `hlt; jmp .-1`: where a guest ends. */
export const HALT_FOR_GOOD = [0xf4, 0xeb, 0xfd] as const;

/** What SYSCALL enters: two NOPs and HLT. */
export const SYSCALL_ENTRY = 0x8800;

/** Two pages of data, zero. */
export const DATA = 0x9000;

/** Address of the page tables of long mode. */
export const PAGE_TABLES = 0x10000;

/** A gpa without memory, which the page tables map nevertheless. */
export const MMIO = 0x1000_0000;

/** Selectors of the GDT; SYSCALL and SYSRET fix the order of some (SDM vol. 3, 6.8.8). */
export const SELECTOR = {
  code64: 0x08,
  data: 0x10,
  code32: 0x18,
  code16: 0x20,
  data16: 0x28,
  userCode32: 0x30 | 3,
  userData: 0x38 | 3,
  userCode64: 0x40 | 3,
  tss32: 0x48,
  /** 16 bytes. */
  tss64: 0x50,
} as const;
/** Limit of GDTR: the offset of the last byte. */
export const GDT_LIMIT = 0x5f;
