/** Runs bursts of plain steps of one vCPU natively (native/burst.h). */
export interface BurstHost {
  /** Memory that the loop and this process share, zeroed at first. */
  readonly buffer: ArrayBuffer;
  /** Of `buffer`, in this process. */
  readonly address: bigint;
  /** What the loop calls an address of this process: of `buffer`, or of a slot. */
  addressOf(address: bigint): bigint;
  /** struct kvm_run, as the loop calls it. */
  readonly runAddress: bigint;
  /** The vCPU's file descriptor. */
  readonly descriptor: number;
  /** Runs the request at the start of `buffer`. */
  run(): void;
}
