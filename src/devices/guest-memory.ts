/** The guest's memory, for devices that read and write it themselves (DMA). */
export interface GuestMemory {
  /** A copy of `sizeBytes` bytes; undefined where there is no memory. */
  read(gpa: number, sizeBytes: number): Uint8Array | undefined;
  /** False, and nothing is written, where there is no memory that can be written. */
  write(gpa: number, bytes: Uint8Array): boolean;
}
