/** Exit codes beside those of the contract (0, 1, 2, 3). */

/** What shells give a program that SIGINT ended: 128 + 2. */
export const EXIT_INTERRUPTED = 130;

/** A signal ended a command before there was anything to close. */
export class CommandInterrupted extends Error {}
