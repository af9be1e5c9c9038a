/** Bytes of a page of x86, and of KVM's dirty bits: 4 KiB (SDM vol. 3, 5.3). */
export const PAGE_BYTES = 4096;
