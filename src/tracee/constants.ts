/** Bits of CR0 (SDM volume 3A, 2.5). */
export const CR0_PE = 0x1;
/** CR0.MP, monitor coprocessor: WAIT obeys CR0.TS. */
export const CR0_MP = 0x2;
/** CR0.EM, emulation: x87 instructions raise #NM. */
export const CR0_EM = 0x4;
/** CR0.TS, task switched. */
export const CR0_TS = 0x8;
/** CR0.ET, extension type: always 1. */
export const CR0_ET = 0x10;
/** CR0.NE, numeric errors raise #MF. */
export const CR0_NE = 0x20;
/** CR0.WP, write protection holds for level 0 too. */
export const CR0_WP = 0x1_0000;
/** CR0.AM, alignment is checked. */
export const CR0_AM = 0x4_0000;
/** CR0.NW, not write-through. */
export const CR0_NW = 0x2000_0000;
/** CR0.CD, caches are off. */
export const CR0_CD = 0x4000_0000;
/** CR0.PG, paging. */
export const CR0_PG = 0x8000_0000;

/** Bits of CR4 (SDM volume 3A, 2.5). */
export const CR4_VME = 0x1;
/** CR4.PVI, virtual interrupts of protected mode. */
export const CR4_PVI = 0x2;
/** CR4.TSD, RDTSC is for level 0 alone. */
export const CR4_TSD = 0x4;
/** CR4.DE, debugging extensions. */
export const CR4_DE = 0x8;
/** CR4.PSE, pages of 4 MiB. */
export const CR4_PSE = 0x10;
/** CR4.PAE, physical addresses beyond 32 bits. */
export const CR4_PAE = 0x20;
/** CR4.MCE, machine-check exceptions. */
export const CR4_MCE = 0x40;
/** CR4.PGE, global pages. */
export const CR4_PGE = 0x80;
/** CR4.PCE, RDPMC at every level. */
export const CR4_PCE = 0x100;
/** CR4.OSFXSR, FXSAVE and SSE. */
export const CR4_OSFXSR = 0x200;
/** CR4.OSXMMEXCPT, SSE errors raise #XM. */
export const CR4_OSXMMEXCPT = 0x400;
/** CR4.UMIP, SGDT and its like are for level 0 alone. */
export const CR4_UMIP = 0x800;
/** CR4.VMXE, VMX. */
export const CR4_VMXE = 0x2000;
/** CR4.SMXE, SMX. */
export const CR4_SMXE = 0x4000;
/** CR4.FSGSBASE, RDFSBASE and its like. */
export const CR4_FSGSBASE = 0x1_0000;
/** CR4.PCIDE, process-context identifiers. */
export const CR4_PCIDE = 0x2_0000;
/** CR4.OSXSAVE, XSAVE and extended states. */
export const CR4_OSXSAVE = 0x4_0000;
/** CR4.SMEP, level 0 runs no user pages. */
export const CR4_SMEP = 0x10_0000;
/** CR4.SMAP, level 0 accesses no user pages. */
export const CR4_SMAP = 0x20_0000;

/** Bits of the EFER MSR (SDM volume 3A, 2.2.1). */
export const EFER_SCE = 0x1;
/** EFER.LME, long mode is enabled. */
export const EFER_LME = 0x100;
/** EFER.LMA, long mode is active. */
export const EFER_LMA = 0x400;
/** EFER.NXE, pages can be kept from being run. */
export const EFER_NXE = 0x800;

/** Bits of an entry of a 64-bit page table (SDM volume 3A, 4.5). */
export const PDE64_PRESENT = 0x1;
/** Bit of a page-table entry: it may be written. */
export const PDE64_RW = 0x2;
/** Bit of a page-table entry: level 3 may access it. */
export const PDE64_USER = 0x4;
/** Bit of a page-table entry: it has been used. */
export const PDE64_ACCESSED = 0x20;
/** Bit of a page-table entry: what it leads to has been written. */
export const PDE64_DIRTY = 0x40;
/** Bit of a page-table entry: it is a large page. */
export const PDE64_PS = 0x80;
/** Bit of a page-table entry: global, it outlives a change of CR3. */
export const PDE64_G = 0x100;

/** `control` of DebugControl: debugging at all, and a stop after each instruction. */
export const Enable = 1;
/** `control` of DebugControl: stop after each instruction. */
export const SingleStep = 2;

/** Where a tracee's page tables are, and CR3 points. */
export const PageTableBase = 0xffff_0000;
