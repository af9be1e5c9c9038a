/** One thing that `kvmtrace doctor` found out. */
export interface Check {
  readonly name: string;
  /** `ok`; `missing`: recording cannot work; `absent`: it works without, less well. */
  readonly verdict: 'ok' | 'missing' | 'absent';
  /** What was seen, and the way out where something is missing. */
  readonly detail: string;
}
