/** Bits of CR0 (SDM volume 3A, 2.5). */
export const CR0_PE = 0x1;
export const CR0_MP = 0x2;
export const CR0_EM = 0x4;
export const CR0_TS = 0x8;
export const CR0_ET = 0x10;
export const CR0_NE = 0x20;
export const CR0_WP = 0x1_0000;
export const CR0_AM = 0x4_0000;
export const CR0_NW = 0x2000_0000;
export const CR0_CD = 0x4000_0000;
export const CR0_PG = 0x8000_0000;

/** Bits of CR4 (SDM volume 3A, 2.5). */
export const CR4_VME = 0x1;
export const CR4_PVI = 0x2;
export const CR4_TSD = 0x4;
export const CR4_DE = 0x8;
export const CR4_PSE = 0x10;
export const CR4_PAE = 0x20;
export const CR4_MCE = 0x40;
export const CR4_PGE = 0x80;
export const CR4_PCE = 0x100;
export const CR4_OSFXSR = 0x200;
export const CR4_OSXMMEXCPT = 0x400;
export const CR4_UMIP = 0x800;
export const CR4_VMXE = 0x2000;
export const CR4_SMXE = 0x4000;
export const CR4_FSGSBASE = 0x1_0000;
export const CR4_PCIDE = 0x2_0000;
export const CR4_OSXSAVE = 0x4_0000;
export const CR4_SMEP = 0x10_0000;
export const CR4_SMAP = 0x20_0000;

/** Bits of the EFER MSR (SDM volume 3A, 2.2.1). */
export const EFER_SCE = 0x1;
export const EFER_LME = 0x100;
export const EFER_LMA = 0x400;
export const EFER_NXE = 0x800;

/** Bits of an entry of a 64-bit page table (SDM volume 3A, 4.5). */
export const PDE64_PRESENT = 0x1;
export const PDE64_RW = 0x2;
export const PDE64_USER = 0x4;
export const PDE64_ACCESSED = 0x20;
export const PDE64_DIRTY = 0x40;
export const PDE64_PS = 0x80;
export const PDE64_G = 0x100;

/** `control` of DebugControl: debugging at all, and a stop after each instruction. */
export const Enable = 1;
export const SingleStep = 2;

/** Where a tracee's page tables are, and CR3 points. */
export const PageTableBase = 0xffff_0000;
