/** An exception or interrupt as it was delivered. */
export interface Delivery {
  readonly kind: 'fault' | 'trap' | 'interrupt' | 'software';
  readonly vector: number;
  readonly errorCode: number | undefined;
  /** rip that was interrupted: where the handler will return to. */
  readonly rip: bigint;
  /** True where kvmtrace did it in KVM's place. */
  readonly assisted: boolean;
}
