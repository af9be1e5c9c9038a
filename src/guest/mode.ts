/** The processor mode in which the guest starts: 16-bit real, 32-bit protected, 64-bit long. */
export type GuestMode = 'real' | 'protected' | 'long';
