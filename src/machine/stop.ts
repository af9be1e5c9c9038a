/** Why a recording ends; `meta.stop_reason` of the trace. */
export type StopReason =
  | 'hlt'
  | 'debug-exit'
  | 'firmware-exit'
  | 'reset'
  | 'power-off'
  | 'panic'
  | 'max-steps'
  | 'trigger'
  | 'interrupted'
  | 'shutdown'
  | 'internal-error'
  | 'livelock'
  | 'disk-full'
  | 'error';

/** Why a guest ended. */
export interface Stop {
  readonly reason: StopReason;
  /** One sentence for people. */
  readonly detail: string;
}

/** Stops that mean the guest crashed: `kvmtrace record` exits with 1. */
export function isCrash(reason: StopReason): boolean {
  return (
    reason === 'panic' ||
    reason === 'shutdown' ||
    reason === 'internal-error' ||
    reason === 'livelock' ||
    reason === 'error'
  );
}
