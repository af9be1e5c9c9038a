/** Flags of mmap(2), as <sys/mman.h> has them on x86-64. */

/** mmap: no access. */
export const PROT_NONE = 0;
/** mmap: may be read. */
export const PROT_READ = 1;
/** mmap: may be written. */
export const PROT_WRITE = 2;
/** mmap: writes are seen by others that map the same. */
export const MAP_SHARED = 0x01;
/** mmap: writes stay with this process. */
export const MAP_PRIVATE = 0x02;
/** mmap: at the given address, in place of what is there. */
export const MAP_FIXED = 0x10;
/** mmap: no file, all zero. */
export const MAP_ANONYMOUS = 0x20;
/** mmap: takes no swap space until it is written to. */
export const MAP_NORESERVE = 0x4000;
