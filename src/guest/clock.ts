/** Device time, in steps. */
export interface Clock {
  readonly now: number;
  readonly stepsPerSecond: number;
  /** Lets time pass without the guest's doing anything. */
  skip(steps: number): void;
}
