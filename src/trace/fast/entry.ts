/** What the log of a guest that ran unstepped has in order: what entered the guest, and where. */

/** The log of a guest that ran unstepped; `kvmf`, in the SQLite header (PRAGMA application_id). */
export const FAST_APPLICATION_ID = 0x6b766d66;
/** PRAGMA user_version. */
export const FAST_VERSION = 1;

/** One thing that the guest and what is around it had to do with each other. */
export interface FastEntry {
  readonly kind: 'in' | 'out' | 'read' | 'write' | 'halt' | 'interrupt';
  /** Port, gpa, or vector; 0 of a halt. */
  readonly address: number;
  /**
   * Of an access: bytes an element. Of an interrupt: instructions that had retired since the entry before,
   * or since the stretch began.
   */
  readonly size: number;
  /** Of an access: what was exchanged. */
  readonly data: Uint8Array | undefined;
  /**
   * struct kvm_regs after the instruction, without the flags that stepping leaves; undefined within an
   * instruction, and of an interrupt.
   */
  readonly registers: Uint8Array | undefined;
}
